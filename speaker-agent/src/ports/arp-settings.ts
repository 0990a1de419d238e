import { type ArpSettings } from "../core/machines/binding/types.ts";

/** Reads how the kernel answers ARP on an interface. */
export interface ArpSettingsReader {
  /** Undefined when there is no such interface, or nothing to be read. */
  read(interfaceName: string): ArpSettings | undefined;
}
