import { parseIpAddress } from "@steelyard/model/address";
import { err, type Millis, ok, type Result } from "@steelyard/model/foundation";
import { type SocketAddress } from "../../ports/socket-address.ts";
import { type AgentFlags } from "../flags.ts";

/** What the flags say of BGP. */
export interface BgpFlags {
  /** Where routers may connect to us; empty = nowhere. */
  readonly listen: readonly SocketAddress[];
  readonly routeDelay: Millis;
}

const usualPort = 179;

/** Reads them; the error is one sentence that names the flag. */
export function readBgpFlags(flags: AgentFlags): Result<BgpFlags, string> {
  const listen: SocketAddress[] = [];
  for (const text of flags["bgp-listen"]) {
    const place = parsePlace(text);
    if (place === undefined) {
      return err(
        `flag --bgp-listen: ${JSON.stringify(text)} is no address, alone or with a port as in [::]:179`,
      );
    }
    listen.push(place);
  }
  return ok({ listen, routeDelay: flags["bgp-route-delay"] });
}

/** `192.0.2.1`, `192.0.2.1:179`, `2001:db8::1` or `[2001:db8::1]:179`. */
function parsePlace(text: string): SocketAddress | undefined {
  const bare = parseIpAddress(text);
  if (bare.ok) return { address: bare.value, port: usualPort };
  const [, six, four, portText] = /^(?:\[(.*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const address = parseIpAddress(six ?? four ?? "");
  const port = portText === undefined ? usualPort : Number(portText);
  if (!address.ok || port === 0 || port > 0xffff) return undefined;
  return (six === undefined) === (address.value.family === "IPv4")
    ? { address: address.value, port }
    : undefined;
}
