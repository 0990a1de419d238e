import { ip } from "../../../wire/testing/ip.ts";
import { type Link } from "../types.ts";

/** A good Ethernet link: up, broadcasting, with the link-local address of its MAC 02:00:00:00:00:<index>. */
export function link(name: string, index: number, changes: Partial<Link> = {}): Link {
  return {
    index,
    name,
    mac: new Uint8Array([2, 0, 0, 0, 0, index]),
    running: true,
    broadcast: true,
    multicast: true,
    noArp: false,
    loopback: false,
    master: undefined,
    addresses: [{ address: ip(`fe80::${index.toString(16)}`), prefixLength: 64 }],
    ...changes,
  };
}
