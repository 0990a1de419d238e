// The netio worker with nothing around it but a main thread that can be held up, driven by lines of JSON: for the suites that
// put it beside the BFD of genuine routers.

import { systemClock } from "@steelyard/client/clock";
import { formatIpAddress, type IpAddress, parseIpAddress } from "@steelyard/model/address";
import { createInterface } from "node:readline";
import { startNetioWorker } from "../adapters/node/worker-thread.ts";
import { type BfdPeer } from "../ports/router-watch.ts";

/** A {@link BfdPeer} with its addresses as text. */
export interface BfdNodePeer extends Omit<BfdPeer, "key" | "remote" | "local" | "interface" | "device"> {
  readonly remote: string;
  readonly local?: string;
  readonly interface?: string;
  readonly device?: string;
}

/** What it is told. */
export type BfdNodeCommand =
  | { readonly do: "watch"; readonly peers: readonly BfdNodePeer[] }
  /** Holds the main thread up for so many milliseconds. */
  | { readonly do: "block"; readonly millis: number }
  | { readonly do: "stop" };

const logAt = (level: string) => (fields: object, text: string) => say({ is: "log", level, ...fields, text });
const worker = startNetioWorker(
  {
    script: new URL("./netio-worker.mjs", import.meta.url),
    netio: {
      nodeName: "bfd-node",
      startedAt: 0,
      policy: "sticky",
      excludeInterfaces: undefined,
      refreshInterval: 0,
      wireCheckInterval: 0,
      membership: undefined,
    },
  },
  {
    clock: systemClock,
    log: { debug: logAt("debug"), info: logAt("info"), warn: logAt("warn"), error: logAt("error") },
  },
);

worker.onBfdChange((change) => say({ is: "change", at: monotonic(), ...change }));
worker.onRouterSight(({ bfd }) => say({ is: "sight", bfd }));
createInterface({ input: process.stdin }).on("line", (line) => perform(JSON.parse(line) as BfdNodeCommand));
say({ is: "started" });

function perform(command: BfdNodeCommand): void {
  switch (command.do) {
    case "watch":
      return worker.watchRouters({ bfd: command.peers.map(peerOf), discover: [] });
    case "block": {
      const end = systemClock.now() + command.millis;
      while (systemClock.now() < end);
      return say({ is: "unblocked" });
    }
    case "stop":
      return void worker.stop().then(() => process.exit(0));
  }
}

function peerOf({ remote, local, ...peer }: BfdNodePeer): BfdPeer {
  return {
    interface: undefined,
    device: undefined,
    ...peer,
    key: formatIpAddress(addressOf(remote)),
    remote: addressOf(remote),
    local: local === undefined ? undefined : addressOf(local),
  };
}

function addressOf(text: string): IpAddress {
  const parsed = parseIpAddress(text);
  if (!parsed.ok) throw new Error(`${text} is no address`);
  return parsed.value;
}

/** Milliseconds on the clock of the machine, which other processes have, too. */
function monotonic(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
