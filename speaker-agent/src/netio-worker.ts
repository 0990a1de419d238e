// The entry of the netio worker: the thread that answers the segment. It is started by the agent's main thread, which
// posts what to announce; an exception nobody caught ends it, and the main thread starts it again.

// Of the client only types and the clock: the rest would bring node:https into this thread, 6 MB that it never uses.
import type { LogSink } from "@steelyard/client";
import { systemClock, systemRandom } from "@steelyard/client/clock";
import { parentPort, workerData } from "node:worker_threads";
import { AfPacketSockets } from "./adapters/linux/af-packet-socket.ts";
import { loadAddon } from "./adapters/linux/addon.ts";
import { UdpMulticastGroups } from "./adapters/linux/multicast-groups.ts";
import { NetlinkInterfaceAddresses } from "./adapters/linux/netlink-interface-addresses.ts";
import { ProcArpSettings } from "./adapters/linux/proc-arp-settings.ts";
import { RouteNetlinkSockets } from "./adapters/linux/route-netlink.ts";
import { ThreadPriority } from "./adapters/linux/thread-priority.ts";
import { UdpBfdSockets } from "./adapters/linux/udp-bfd-sockets.ts";
import { type ElectionSnapshot } from "./core/election/types.ts";
import { aesGcmCipher } from "./adapters/node/aes-gcm-cipher.ts";
import { NodeDatagramSockets } from "./adapters/node/node-datagram-sockets.ts";
import { NodeStreamConnections } from "./adapters/node/node-stream-connections.ts";
import { sha256 } from "./adapters/node/sha256.ts";
import { type MessageFromWorker, type MessageToWorker } from "./ports/netio-messages.ts";
import { type NetioOptions } from "./ports/netio-options.ts";
import { Netio } from "./shell/netio.ts";

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

const addon = loadAddon(import.meta.url);
const packetSockets = new AfPacketSockets(addon);
const priority = new ThreadPriority(addon, log);
const netio = new Netio(workerData as NetioOptions, {
  packetSockets,
  routeNetlink: new RouteNetlinkSockets(addon, systemClock),
  multicastGroups: new UdpMulticastGroups(addon),
  binding: {
    interfaceAddresses: new NetlinkInterfaceAddresses(addon, systemClock),
    arpSettings: new ProcArpSettings(),
  },
  gossip: {
    datagramSockets: new NodeDatagramSockets(),
    streamConnections: new NodeStreamConnections(),
    cipher: aesGcmCipher,
  },
  clock: systemClock,
  random: systemRandom,
  sha256,
  log,
  onReport: (report) => post({ kind: "report", report }),
  onMove: (move) => post({ kind: "moved", move }),
  routers: {
    bfd: {
      sockets: new UdpBfdSockets(addon, packetSockets),
      // Immediates come after the sockets' turn in the event loop.
      afterReading: (run) => void setImmediate(run),
      onBusy: (busy) => priority.hurry(busy),
    },
    onBfdChange: (change) => post({ kind: "bfd-change", change }),
    onSight: (sight) => post({ kind: "router-sight", sight }),
  },
});

/** Snapshots that piled up while the thread was busy are stale but for the last one. */
let newest: ElectionSnapshot | undefined;

function announceNewest(): void {
  if (newest !== undefined) netio.elect(newest);
  newest = undefined;
}

port.on("message", (message: MessageToWorker) => {
  switch (message.kind) {
    case "announce":
      if (newest === undefined) setImmediate(announceNewest);
      newest = message.snapshot;
      return;
    case "ring":
      netio.configureRing(message.ring);
      return;
    case "routers":
      netio.watchRouters(message.watch);
      return;
    case "drain":
      void netio.drain().then(() => post({ kind: "drained" }));
      return;
    case "stop":
      netio.stop();
      // With the sockets gone the port is the last thing that keeps the thread alive.
      port.close();
      return;
  }
});

netio.start();
