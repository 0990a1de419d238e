// A node of our own gossip with nothing around it, driven by the same lines of JSON as e2e/peers/memberlist: for the suites
// that put both into one ring.

import { systemClock, systemRandom } from "@steelyard/client/clock";
import { formatIpAddress, parseIpAddress } from "@steelyard/model/address";
import { createInterface } from "node:readline";
import { aesGcmCipher } from "../adapters/node/aes-gcm-cipher.ts";
import { NodeDatagramSockets } from "../adapters/node/node-datagram-sockets.ts";
import { NodeStreamConnections } from "../adapters/node/node-stream-connections.ts";
import { lanTuning, type MembershipTuning } from "../core/machines/membership/tuning.ts";
import { type MemberView } from "../core/machines/membership/types.ts";
import { type GossipEndpoint } from "../core/wire/gossip/messages.ts";
import { NetioMembership } from "../shell/netio-membership.ts";

interface Settings {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly join: readonly string[];
  /** Hexadecimal, the one to encrypt with first. */
  readonly keys: readonly string[];
  readonly label: string;
  readonly compress: boolean;
  readonly tcpPings: boolean;
  readonly meta: string;
  readonly state: string;
  /** How many times faster than on a LAN. */
  readonly speed: number;
}

interface Command {
  readonly do: "join" | "send" | "broadcast" | "meta" | "state" | "keys" | "leave" | "stop";
  readonly to?: string;
  readonly text?: string;
  readonly peers?: readonly string[];
  readonly keys?: readonly string[];
}

const settings = JSON.parse(process.argv[2] ?? "{}") as Settings;
const { name, port, label } = settings;
let { keys, join, state } = settings;
let isStarted = false;

const logAt = (level: string) => (fields: object, text: string) => say({ is: "log", level, ...fields, text });
const membership = new NetioMembership(
  {
    nodeName: name,
    endpoint: { address: addressOf(settings.address), port },
    tuning: tuningOf(settings),
    label: bytesOf(label),
  },
  {
    datagramSockets: new NodeDatagramSockets(),
    streamConnections: new NodeStreamConnections(),
    cipher: aesGcmCipher,
    clock: systemClock,
    random: systemRandom,
    log: { debug: logAt("debug"), info: logAt("info"), warn: logAt("warn"), error: logAt("error") },
    userState: () => bytesOf(state),
    onMembers: (members) => {
      // The first table, of this node alone, comes when the sockets are open.
      if (!isStarted) say({ is: "started" });
      isStarted = true;
      say({ is: "members", members: members.map(printable) });
    },
    onUserMessage: (payload) => say({ is: "message", text: textOf(payload) }),
    onUserState: (payload) => say({ is: "state", text: textOf(payload) }),
    onSynced: (how) => say({ is: "synced", text: how }),
  },
);

membership.start(bytesOf(settings.meta));
configure();
createInterface({ input: process.stdin }).on("line", (line) => perform(JSON.parse(line) as Command));

function perform(command: Command): void {
  const text = bytesOf(command.text ?? "");
  switch (command.do) {
    case "join":
      join = command.peers ?? [];
      return configure();
    case "keys":
      keys = command.keys ?? [];
      return configure();
    case "send":
      return membership.send(command.to ?? "", text);
    case "broadcast":
      return membership.broadcast(command.text ?? "", text);
    case "meta":
      return membership.setMeta(text);
    case "state":
      state = command.text ?? "";
      return;
    case "leave":
      return void membership.leave().then(() => say({ is: "left" }));
    case "stop":
      membership.stop();
      process.exit(0);
  }
}

function configure(): void {
  membership.configure({
    keys: keys.map((key) => new Uint8Array(Buffer.from(key, "hex"))),
    peers: join.map(endpointOf),
  });
}

function tuningOf({ compress, tcpPings, speed }: Settings): MembershipTuning {
  return {
    ...lanTuning,
    enableCompression: compress,
    disableTcpPings: !tcpPings,
    probeIntervalMillis: lanTuning.probeIntervalMillis / speed,
    probeTimeoutMillis: lanTuning.probeTimeoutMillis / speed,
    gossipIntervalMillis: lanTuning.gossipIntervalMillis / speed,
    pushPullIntervalMillis: lanTuning.pushPullIntervalMillis / speed,
    gossipToTheDeadMillis: lanTuning.gossipToTheDeadMillis / speed,
    tcpTimeoutMillis: lanTuning.tcpTimeoutMillis / speed,
  };
}

function printable({ name: member, endpoint, meta, state: condition }: MemberView): object {
  return {
    name: member,
    address: formatIpAddress(endpoint.address),
    port: endpoint.port,
    meta: textOf(meta),
    state: condition,
  };
}

/** From `10.0.0.1:7946` or `[fd00::1]:7946`. */
function endpointOf(text: string): GossipEndpoint {
  const colon = text.lastIndexOf(":");
  const address = addressOf(text.slice(0, colon).replace(/[[\]]/g, ""));
  return { address, port: Number(text.slice(colon + 1)) };
}

function addressOf(text: string): GossipEndpoint["address"] {
  const parsed = parseIpAddress(text);
  if (!parsed.ok) throw new Error(`${text} is no address`);
  return parsed.value;
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text));
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
