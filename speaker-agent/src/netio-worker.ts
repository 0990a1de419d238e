// The entry of the netio worker: the thread that answers the segment. It is started by the agent's main thread, which
// posts what to announce; an exception nobody caught ends it, and the main thread starts it again.

// Of the client only types and the clock: the rest would bring node:https into this thread, 6 MB that it never uses.
import type { LogSink } from "@steelyard/client";
import { systemClock, systemRandom } from "@steelyard/client/clock";
import { parentPort, workerData } from "node:worker_threads";
import { AfPacketSockets } from "./adapters/linux/af-packet-socket.ts";
import { loadAddon } from "./adapters/linux/addon.ts";
import { UdpMulticastGroups } from "./adapters/linux/multicast-groups.ts";
import { RouteNetlinkSockets } from "./adapters/linux/route-netlink.ts";
import { type ElectionSnapshot } from "./core/election/types.ts";
import { sha256 } from "./adapters/node/sha256.ts";
import { NAME_HASH_LENGTH } from "./core/wire/claim-trailer.ts";
import { type MessageFromWorker, type MessageToWorker } from "./ports/netio-messages.ts";
import { type NetioOptions } from "./ports/netio-options.ts";
import { FirstInRanking } from "./shell/first-in-ranking.ts";
import { NetioAnnouncer } from "./shell/netio-announcer.ts";

if (parentPort === null)
  throw new Error("netio-worker is a thread of the speaker agent and cannot run alone");
const port = parentPort;

const post = (message: MessageFromWorker): void => port.postMessage(message);
const logAt =
  (level: Extract<MessageFromWorker, { kind: "log" }>["level"]) =>
  (fields: object, message: string): void =>
    post({ kind: "log", level, fields: { ...fields }, message });
const log: LogSink = {
  debug: logAt("debug"),
  info: logAt("info"),
  warn: logAt("warn"),
  error: logAt("error"),
};

const options = workerData as NetioOptions;
const election = new FirstInRanking(options, { sha256 });
const addon = loadAddon(import.meta.url);
const config = {
  nameHash: sha256(options.nodeName).slice(0, NAME_HASH_LENGTH),
  refreshInterval: options.refreshInterval,
};
const announcer = new NetioAnnouncer(config, {
  packetSockets: new AfPacketSockets(addon),
  routeNetlink: new RouteNetlinkSockets(addon, systemClock),
  multicastGroups: new UdpMulticastGroups(addon),
  clock: systemClock,
  random: systemRandom,
  log,
  onReport: (report) => post({ kind: "report", report: election.report(report) }),
  onObserved: () => undefined,
});

/** Snapshots that piled up while the thread was busy are stale but for the last one. */
let newest: ElectionSnapshot | undefined;

function announceNewest(): void {
  if (newest !== undefined) announcer.announce(election.elect(newest));
  newest = undefined;
}

port.on("message", (message: MessageToWorker) => {
  switch (message.kind) {
    case "announce":
      if (newest === undefined) setImmediate(announceNewest);
      newest = message.snapshot;
      return;
    case "drain":
      post({ kind: "drained" });
      return;
    case "stop":
      announcer.stop();
      // With the sockets gone the port is the last thing that keeps the thread alive.
      port.close();
      return;
  }
});

announcer.start();
