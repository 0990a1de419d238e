import { readFileSync } from "node:fs";
import { type ArpSettings } from "../../core/machines/binding/types.ts";
import { type ArpSettingsReader } from "../../ports/arp-settings.ts";

/** From /proc/sys/net/ipv4/conf, which needs no capability. */
export class ProcArpSettings implements ArpSettingsReader {
  readonly #directory: string;

  constructor(directory = "/proc/sys/net/ipv4/conf") {
    this.#directory = directory;
  }

  /** The greater of the interface's value and that of "all" is in force for arp_ignore; either switches arp_filter on. */
  read(interfaceName: string): ArpSettings | undefined {
    const value = (setting: string) =>
      Math.max(this.#readNumber("all", setting), this.#readNumber(interfaceName, setting));
    try {
      return { arpIgnore: value("arp_ignore"), arpFilter: value("arp_filter") > 0 };
    } catch {
      return undefined;
    }
  }

  /** A dot in the name of an interface, as of a VLAN, is a dot here, too. */
  #readNumber(interfaceName: string, setting: string): number {
    return Number.parseInt(readFileSync(`${this.#directory}/${interfaceName}/${setting}`, "utf8"), 10);
  }
}
