import { createHash } from "node:crypto";
import { ipAddress } from "@steelyard/model/address";
import { type Instant } from "@steelyard/model/foundation";
import { type Candidate, type ElectionSnapshot } from "../../../election/types.ts";
import { type Capability } from "../../../interfaces/capability.ts";
import { encodeAgentMessage } from "../../../wire/agent-messages/encode.ts";
import { encodeNodeMeta } from "../../../wire/agent-messages/node-meta.ts";
import { ip } from "../../../wire/testing/ip.ts";
import { type MemberView } from "../../membership/types.ts";
import { initialOwnershipState, type OwnershipState } from "../state.ts";
import { stepOwnership } from "../step.ts";
import { type OwnershipConfig, type OwnershipEffect, type OwnershipInput } from "../types.ts";
import { encodeOwnershipState } from "../user-state.ts";

export interface ScaleOptions {
  readonly nodes: number;
  readonly addresses: number;
  /** Milliseconds of a clock that runs. */
  readonly clock: () => number;
}

/** Times in milliseconds of one core. */
export interface ScaleFigures {
  /** Every address elected anew: the first snapshot after the members are known. */
  readonly electAllMillis: number;
  /** The same in MetalLB's order, with SHA-256, of a hundredth of the nodes. */
  readonly electAllByHashMillis: number;
  readonly loseNodeMillis: number;
  /** Owned by the lost node; what moved; of these how many it had not owned. */
  readonly lost: number;
  readonly moved: number;
  readonly movedWithoutNeed: number;
  readonly returnMillis: number;
  readonly movedOnReturn: number;
  /** One claim of another node. */
  readonly claimMillis: number;
  /** A snapshot in which one address differs, as it comes out of a structured clone. */
  readonly snapshotMillis: number;
  /** All claims of the cluster, as a joiner gets them. */
  readonly stateBytes: number;
  readonly encodeStateMillis: number;
  readonly learnStateMillis: number;
}

const sha256 = (text: string): Uint8Array => createHash("sha256").update(text).digest();

/**
 * The machine at the size of the largest clusters, as one node runs it. The others' part is played by the claims that
 * they would make.
 */
export function measureScale({ nodes, addresses, clock }: ScaleOptions): ScaleFigures {
  const names = Array.from({ length: nodes }, (_, index) => `node-${String(index).padStart(4, "0")}`);
  const [me = "", lost = ""] = names;
  const driver = new Driver(me, clock);
  driver.settle(names);
  const snapshot = clusterSnapshot(me, names, addresses, 1);
  const electAllMillis = driver.timed({ kind: "snapshot", snapshot });
  const owners = new Map(driver.state.entries.map(({ subject, line }) => [subject.key, line[0] ?? ""]));
  driver.take({ kind: "user-message", payload: claimsOf(driver.state) });

  const before = linesOf(driver.state);
  const loseNodeMillis = driver.timed({ kind: "members", members: membersOf(names, lost) });
  const after = linesOf(driver.state);
  const moved = [...before].filter(([key, node]) => after.get(key) !== node).map(([key]) => key);
  driver.take({ kind: "user-message", payload: claimsOf(driver.state) });
  const held = ownersOf(driver.state);
  const returnMillis = driver.timed({ kind: "members", members: membersOf(names) });
  const movedOnReturn = [...ownersOf(driver.state)].filter(([key, node]) => held.get(key) !== node).length;

  const claimMillis = driver.timedPer(100, (index) => oneClaim(driver.state, index));
  const cloned = structuredClone(clusterSnapshot(me, names, addresses, 2, true));
  const snapshotMillis = driver.timed({ kind: "snapshot", snapshot: cloned });
  const began = clock();
  const payload = encodeOwnershipState(driver.state);
  const encodeStateMillis = clock() - began;
  const joiner = new Driver(names[2] ?? "", clock);
  joiner.take({ kind: "snapshot", snapshot: clusterSnapshot(names[2] ?? "", names, addresses, 1) });
  const learnStateMillis = joiner.timed({ kind: "user-state", payload });
  return {
    electAllMillis,
    electAllByHashMillis: electByHash(names.slice(0, Math.ceil(nodes / 100)), addresses, clock),
    loseNodeMillis,
    lost: [...owners.values()].filter((node) => node === lost).length,
    moved: moved.length,
    movedWithoutNeed: moved.filter((key) => owners.get(key) !== lost).length,
    returnMillis,
    movedOnReturn,
    claimMillis,
    snapshotMillis,
    stateBytes: payload.length,
    encodeStateMillis,
    learnStateMillis,
  };
}

function electByHash(names: readonly string[], addresses: number, clock: () => number): number {
  const [me = ""] = names;
  const driver = new Driver(me, clock, "hash");
  driver.settle(names);
  return driver.timed({ kind: "snapshot", snapshot: clusterSnapshot(me, names, addresses, 1) });
}

class Driver {
  state: OwnershipState = initialOwnershipState;
  readonly #config: OwnershipConfig;
  readonly #clock: () => number;
  #now = 0;

  constructor(nodeName: string, clock: () => number, policy: OwnershipConfig["policy"] = "sticky") {
    this.#config = { nodeName, policy, membership: true, startedAt: 1 };
    this.#clock = clock;
  }

  settle(names: readonly string[]): void {
    this.take({ kind: "start" });
    this.take({ kind: "members", members: membersOf(names) });
    for (const node of names) {
      const bytes = encodeAgentMessage({ kind: "capability", node, sequence: 1, capability });
      this.take({ kind: "user-message", payload: bytes });
    }
    this.take({ kind: "synced" });
  }

  take(input: OwnershipInput): readonly OwnershipEffect[] {
    this.#now += 1;
    const context = { now: this.#now as Instant, config: this.#config, sha256 };
    const { state, effects } = stepOwnership(this.state, input, context);
    this.state = state;
    return effects;
  }

  timed(input: OwnershipInput): number {
    const began = this.#clock();
    this.take(input);
    return this.#clock() - began;
  }

  timedPer(times: number, inputOf: (index: number) => OwnershipInput): number {
    const inputs = Array.from({ length: times }, (_, index) => inputOf(index));
    const began = this.#clock();
    for (const input of inputs) this.take(input);
    return (this.#clock() - began) / times;
  }
}

const capability: Capability = {
  complete: true,
  links: [
    {
      name: "eth0",
      mac: new Uint8Array(6),
      announcesV4: true,
      announcesV6: true,
      defaultV4: true,
      defaultV6: true,
      prefixes: [{ network: ip("10.0.0.0"), length: 8 }],
    },
  ],
};

function membersOf(names: readonly string[], dead?: string): readonly MemberView[] {
  const meta = encodeNodeMeta({ startedAt: 1 });
  const endpoint = { address: ip("192.0.2.1"), port: 7946 };
  return names.map((name) => ({ name, endpoint, meta, state: name === dead ? "dead" : "alive" }));
}

function clusterSnapshot(
  nodeName: string,
  names: readonly string[],
  count: number,
  version: number,
  oneDiffers = false,
): ElectionSnapshot {
  const candidates: readonly Candidate[] = names.map((node) => ({ node, preference: 0, interfaces: [] }));
  const addresses = Array.from({ length: count }, (_, index) => {
    const address = ipAddress("IPv4", 0x0a000000n + BigInt(index));
    const fresh = oneDiffers && index === count >> 1;
    return { address, electionKey: address, candidates, fresh, bindTo: undefined };
  });
  return { version, nodeName, addresses, probeOnly: [], readyNodes: names };
}

/** The claims that all nodes would make of what nobody owns, or whose holder is gone: the first in line. */
function claimsOf({ entries, roster }: OwnershipState): Uint8Array {
  const claims = entries.flatMap(({ subject, claim, line: [node = ""] }) => {
    const holder = claim && roster.members.get(claim.node);
    return claim !== undefined && (claim.node === roster.me || holder?.present === true)
      ? []
      : [{ address: subject.address, epoch: (claim?.epoch ?? 0) + 1, node }];
  });
  return encodeAgentMessage({ kind: "claims", witnessed: false, claims });
}

function oneClaim({ entries }: OwnershipState, index: number): OwnershipInput {
  const entry = entries[(index * 97) % entries.length];
  if (entry === undefined) throw new Error("no entries");
  const { subject, claim, line } = entry;
  const claims = [{ address: subject.address, epoch: (claim?.epoch ?? 0) + 5, node: line[1] ?? "" }];
  return { kind: "user-message", payload: encodeAgentMessage({ kind: "claims", witnessed: false, claims }) };
}

function linesOf({ entries }: OwnershipState): ReadonlyMap<bigint, string | undefined> {
  return new Map(entries.map(({ subject, line }) => [subject.key, line[0]]));
}

function ownersOf({ entries }: OwnershipState): ReadonlyMap<bigint, string | undefined> {
  return new Map(entries.map(({ subject, owner }) => [subject.key, owner]));
}
