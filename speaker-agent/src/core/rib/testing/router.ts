import { formatIpAddress, formatIpPrefix, type IpFamily } from "@steelyard/model/address";
import { formatCommunity } from "@steelyard/model/config";
import { type BgpPathAttributes } from "../../wire/bgp/messages.ts";
import { encodeBgpMessage } from "../../wire/bgp/codec.ts";
import { MAX_MESSAGE_LENGTH } from "../../wire/bgp/header.ts";
import { type RibMessage } from "../types.ts";

/** What a router makes of our messages; it complains of what no router should be sent. */
export class Router {
  /** By the text of the prefix, the attributes in words. */
  readonly table = new Map<string, string>();
  readonly endOfRib: IpFamily[] = [];
  readonly complaints: string[] = [];
  updates = 0;
  /** By family, what was there at BoRR and has not been sent again since; undefined = no refresh is under way. */
  readonly #stale = new Map<IpFamily, Set<string>>();

  receive(messages: readonly RibMessage[]): void {
    for (const message of messages) this.#take(message);
  }

  #take(message: RibMessage): void {
    if (message.kind === "route-refresh") {
      this.#refresh(message.family, message.subtype);
      return;
    }
    this.updates += 1;
    for (const fourByteAsn of [false, true]) {
      if (encodeBgpMessage(message, { fourByteAsn }).length > MAX_MESSAGE_LENGTH)
        this.complaints.push("too long");
    }
    const withdrawn = message.withdrawn.map(formatIpPrefix);
    const announced = message.announced.map(formatIpPrefix);
    if (message.endOfRib !== undefined) this.#end(message.endOfRib);
    if (message.endOfRib === undefined && withdrawn.length + announced.length === 0)
      this.complaints.push("empty");
    for (const prefix of withdrawn) if (!this.table.delete(prefix)) this.complaints.push(`no ${prefix} here`);
    if (announced.length > 0 && message.attributes === undefined) this.complaints.push("no attributes");
    const families = new Set(
      [...message.withdrawn, ...message.announced].map(({ network }) => network.family),
    );
    if (families.size > 1) this.complaints.push("two families in one message");
    for (const prefix of announced) {
      if (message.attributes !== undefined) this.table.set(prefix, describe(message.attributes));
    }
    for (const prefix of announced) for (const stale of this.#stale.values()) stale.delete(prefix);
  }

  #end(family: IpFamily): void {
    if (this.endOfRib.includes(family)) this.complaints.push(`a second End-of-RIB of ${family}`);
    this.endOfRib.push(family);
  }

  #refresh(family: IpFamily, subtype: "begin" | "end"): void {
    if (!this.endOfRib.includes(family)) this.complaints.push("a refresh before End-of-RIB");
    if (subtype === "begin") {
      this.#stale.set(family, new Set([...this.table.keys()].filter((one) => familyOf(one) === family)));
      return;
    }
    const stale = this.#stale.get(family);
    if (stale === undefined) this.complaints.push("EoRR without BoRR");
    for (const prefix of stale ?? []) this.table.delete(prefix);
    this.#stale.delete(family);
  }
}

function familyOf(prefix: string): IpFamily {
  return prefix.includes(":") ? "IPv6" : "IPv4";
}

/** One line: what a router shows of a route. */
export function describe({ asPath, nextHop, localPref, communities }: BgpPathAttributes): string {
  const parts = [
    `path ${asPath.join(" ")}`.trim(),
    `via ${formatIpAddress(nextHop.address)}`,
    ...(nextHop.linkLocal === undefined ? [] : [`or ${formatIpAddress(nextHop.linkLocal)}`]),
    ...(localPref === undefined ? [] : [`pref ${localPref}`]),
    ...communities.map(formatCommunity),
  ];
  return parts.join(", ");
}
