import { type Instant } from "@steelyard/model/foundation";
import { type OwnerPolicy } from "../../../election/types.ts";
import { type Capability } from "../../../interfaces/capability.ts";
import { decodeAgentMessage } from "../../../wire/agent-messages/decode.ts";
import { encodeAgentMessage } from "../../../wire/agent-messages/encode.ts";
import { type AgentMessage, type HandOverCause } from "../../../wire/agent-messages/messages.ts";
import { encodeNodeMeta } from "../../../wire/agent-messages/node-meta.ts";
import { ip } from "../../../wire/testing/ip.ts";
import { type MemberView } from "../../membership/types.ts";
import { initialOwnershipState, type OwnershipState } from "../state.ts";
import { stepOwnership } from "../step.ts";
import { type OwnershipConfig, type OwnershipEffect, type OwnershipInput } from "../types.ts";
import { sha256, textOf } from "./sim-node.ts";
import { snapshotOf, type SnapshotOptions } from "./snapshots.ts";

export const X = "192.0.2.10";
export const Y = "192.0.2.11";

/** One machine, driven by hand: node `a` unless said otherwise. */
export class Driven {
  state: OwnershipState = initialOwnershipState;
  now = 1000;
  readonly me: string;
  readonly #config: OwnershipConfig;

  constructor(
    options: { readonly me?: string; readonly policy?: OwnerPolicy; readonly membership?: boolean } = {},
  ) {
    this.me = options.me ?? "a";
    const { policy = "sticky", membership = true } = options;
    this.#config = { nodeName: this.me, policy, membership, startedAt: 1000 };
  }

  take(input: OwnershipInput): readonly string[] {
    const context = { now: this.now as Instant, config: this.#config, sha256 };
    const { state, effects } = stepOwnership(this.state, input, context);
    this.state = state;
    return effects.flatMap(describe);
  }

  /** Lets time pass, and the timer fire when it was armed for. */
  wait(millis: number): readonly string[] {
    const until = this.now + millis;
    const lines: string[] = [];
    for (let rounds = 0; rounds < 10_000; rounds += 1) {
      const at = this.state.armedFor;
      if (at === undefined || at > until) break;
      this.now = Math.max(this.now, at);
      lines.push(...this.take({ kind: "timer" }));
    }
    this.now = until;
    return lines;
  }

  members(
    states: Readonly<Record<string, MemberView["state"] | "metallb">>,
    startedAt = 500,
  ): readonly string[] {
    const endpoint = { address: ip("192.0.2.1"), port: 7946 };
    const members = Object.entries(states).map(([name, state]): MemberView => {
      const meta = state === "metallb" ? new Uint8Array() : encodeNodeMeta({ startedAt });
      return { name, endpoint, meta, state: state === "metallb" ? "alive" : state };
    });
    return this.take({ kind: "members", members });
  }

  snapshot(
    addresses: readonly string[],
    nodes: readonly string[],
    options: SnapshotOptions = {},
  ): readonly string[] {
    const snapshot = { ...snapshotOf(addresses, nodes, options), nodeName: this.me };
    return this.take({ kind: "snapshot", snapshot });
  }

  hear(message: AgentMessage): readonly string[] {
    return this.take({ kind: "user-message", payload: encodeAgentMessage(message) });
  }

  claims(node: string, epoch: number, ...addresses: readonly string[]): readonly string[] {
    const claims = addresses.map((address) => ({ address: ip(address), epoch, node }));
    return this.hear({ kind: "claims", witnessed: false, claims });
  }

  asked(
    from: string,
    cause: HandOverCause,
    epoch: number,
    ...addresses: readonly string[]
  ): readonly string[] {
    const wanted = addresses.map((address) => ({ address: ip(address), epoch }));
    return this.hear({ kind: "hand-over", cause, from, to: this.me, addresses: wanted });
  }

  observed(node: string, epoch: number, address: string): readonly string[] {
    const claim = { epoch, nameHash: sha256(node).slice(0, 8) };
    return this.take({ kind: "observed", address: ip(address), mac: new Uint8Array(6), claim });
  }

  announced(...addresses: readonly string[]): readonly string[] {
    return this.take({ kind: "announced", addresses: addresses.map(ip) });
  }

  gone(node: string, cause: "node-gone" | "process-gone" | "stalled"): readonly string[] {
    return this.take({ kind: "gone", node, cause, silentFor: 200 });
  }

  epochOf(address: string): number | undefined {
    return this.state.entries.find(({ subject }) => textOf(subject.address) === address)?.claim?.epoch;
  }
}

/** Nodes a, b and c have exchanged tables; `holder` owns X with epoch 5. */
export function amongThree(holder: string, options: SnapshotOptions & { readonly me?: string } = {}): Driven {
  const driven = new Driven(options.me === undefined ? {} : { me: options.me });
  driven.take({ kind: "start" });
  driven.snapshot([X], ["a", "b", "c"], options);
  driven.claims(holder, 5, X);
  driven.members({ a: "alive", b: "alive", c: "alive" });
  driven.take({ kind: "synced" });
  if (holder === driven.me) driven.announced(X);
  return driven;
}

export function capabilityOf(...links: readonly string[]): Capability {
  return {
    complete: true,
    links: links.map((name) => ({
      name,
      mac: new Uint8Array(6),
      announcesV4: true,
      announcesV6: true,
      defaultV4: true,
      defaultV6: true,
      prefixes: [],
    })),
  };
}

/** One line per effect; `arm` and `report` only where a test asks for them. */
function describe(effect: OwnershipEffect): readonly string[] {
  switch (effect.kind) {
    case "announce":
      return [
        `announce ${effect.announcements
          .map(({ address, epoch, probe }) => `${textOf(address)}@${epoch}${probe ? "?" : ""}`)
          .join(" ")}`.trim(),
      ];
    case "announce-again":
      return [`announce-again ${effect.addresses.map(textOf).join(" ")}`];
    case "broadcast":
      return [`broadcast ${describeMessage(effect.payload)}`];
    case "send":
      return [`send ${effect.to} ${describeMessage(effect.payload)}`];
    case "watch":
      return [`watch ${effect.peers.join(" ")}`.trim()];
    case "moved": {
      const { address, from = "nobody", to, cause, detectionMillis } = effect;
      const after = detectionMillis === undefined ? "" : ` after ${detectionMillis} ms`;
      return [`moved ${textOf(address)} ${from} > ${to} (${cause}${after})`];
    }
    case "drained":
      return ["drained"];
    case "transition":
      return [`log ${effect.because}`];
    case "arm":
    case "report":
      return [];
  }
}

function describeMessage(payload: Uint8Array): string {
  const message = decodeAgentMessage(payload);
  if (!message.ok) return message.error.code;
  switch (message.value.kind) {
    case "claims": {
      const { witnessed, claims } = message.value;
      const list = claims.map(({ address, epoch, node }) => `${textOf(address)}@${epoch}=${node}`);
      return `${witnessed ? "seen " : ""}${list.join(" ")}`;
    }
    case "hand-over": {
      const { cause, from, to, addresses } = message.value;
      return `${from}, ${to} (${cause}): ${addresses.map(({ address, epoch }) => `${textOf(address)}@${epoch}`).join(" ")}`;
    }
    case "capability":
      return `capability ${message.value.node} #${message.value.sequence}: ${message.value.capability.links
        .map(({ name }) => name)
        .join(" ")}`.trim();
  }
}
