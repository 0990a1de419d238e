import { ip } from "../../../wire/testing/ip.ts";
import { encodeBgpMessage } from "../../../wire/bgp/codec.ts";
import { type BgpCapability, type BgpMessage, type BgpOpenMessage } from "../../../wire/bgp/messages.ts";
import { type BgpSessionConfig } from "../types.ts";

/** Ours is AS 65000 with router ID 10.0.0.1, the router AS 65001 with 10.0.0.2. */
export const config: BgpSessionConfig = {
  localAsn: 65000,
  peerAsn: 65001,
  routerId: idOf("10.0.0.1"),
  holdTimeSeconds: 90,
  keepalive: undefined,
  connectRetry: undefined,
  families: ["IPv4", "IPv6"],
  extendedNextHop: false,
  gracefulRestart: { restartTimeSeconds: 120 },
  passive: false,
  transport: "10.0.0.2:179",
  port: 179,
};

export const routerOpen: BgpOpenMessage = {
  kind: "open",
  asn: 65001,
  holdTimeSeconds: 90,
  routerId: idOf("10.0.0.2"),
  capabilities: [
    { kind: "multiprotocol", family: "IPv4" },
    { kind: "multiprotocol", family: "IPv6" },
    { kind: "route-refresh" },
    { kind: "four-byte-asn", asn: 65001 },
  ],
};

/** A router that keeps routes for us, but none of its own: what FRR is unless configured otherwise. */
export const helperMode: BgpCapability = {
  kind: "graceful-restart",
  restarting: false,
  notification: false,
  restartTimeSeconds: 120,
  families: [],
};

/** The number of a router ID. */
export function idOf(text: string): number {
  return Number(ip(text).value);
}

export function bytesOf(...messages: readonly BgpMessage[]): Uint8Array {
  const pieces = messages.map((message) => encodeBgpMessage(message, { fourByteAsn: true }));
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}
