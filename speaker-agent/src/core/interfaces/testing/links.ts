import { ip } from "../../wire/testing/ip.ts";
import { type Link } from "../link.ts";

/** A good Ethernet link: up, broadcasting, the way to everywhere, with MAC 02:00:00:00:00:<index> and a link-local address. */
export function link(name: string, index: number, changes: Partial<Link> = {}): Link {
  return {
    index,
    name,
    type: undefined,
    mac: new Uint8Array([2, 0, 0, 0, 0, index]),
    running: true,
    broadcast: true,
    multicast: true,
    noArp: false,
    loopback: false,
    wireless: false,
    master: undefined,
    addresses: [{ address: ip(`fe80::${index.toString(16)}`), prefixLength: 64 }],
    defaultRoute: { v4: true, v6: true },
    ...changes,
  };
}

/** The addresses of a link besides its link-local one, as in `addressed("192.0.2.1/24", "2001:db8::1/64")`. */
export function addressed(...texts: readonly string[]): Pick<Link, "addresses"> {
  const addresses = ["fe80::1/64", ...texts].map((text) => {
    const [address = "", length] = text.split("/");
    return { address: ip(address), prefixLength: Number(length) };
  });
  return { addresses };
}
