import { describe } from "@jest/globals";
import { type IpAddress, parseIpAddress } from "@steelyard/model/address";
import { networkInterfaces } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { datagramSocketsContract } from "../../ports/datagram-socket.contract.ts";
import { streamConnectionsContract } from "../../ports/stream-connections.contract.ts";
import { NodeDatagramSockets } from "./node-datagram-sockets.ts";
import { NodeStreamConnections } from "./node-stream-connections.ts";

// On loopback and free ports: what is sent there reaches nobody else.
const LOOPBACKS = [
  { loopback: "127.0.0.1", documented: "192.0.2.1" },
  { loopback: "::1", documented: "2001:db8::1" },
];
const own = new Set(
  Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .map(({ address }) => address),
);

for (const { loopback, documented } of LOOPBACKS) {
  const [address, foreign] = [ipOf(loopback), ipOf(documented)];
  const missing = own.has(loopback) ? "" : ` [skipped: this machine has no ${loopback}]`;
  const suite = missing === "" ? describe : describe.skip;
  suite(`UDP of Node on ${loopback}${missing}`, () => {
    datagramSocketsContract(() => ({ sockets: new NodeDatagramSockets(), address, foreign, eventually }));
  });
  suite(`TCP of Node on ${loopback}${missing}`, () => {
    streamConnectionsContract(() => ({ streams: new NodeStreamConnections(), address, eventually }));
  });
}

function ipOf(text: string): IpAddress {
  const parsed = parseIpAddress(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

/** Ends with the test that gave up on it. */
async function eventually(isSo: () => boolean): Promise<void> {
  const limit = AbortSignal.timeout(5000);
  while (!isSo()) await pause(1, undefined, { signal: limit });
}
