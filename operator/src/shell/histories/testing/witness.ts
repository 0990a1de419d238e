import { type ServiceResource } from "@steelyard/model/resources";
import { type CarriedOutWrite, type MemoryCluster } from "../../../adapters/memory/memory-cluster.ts";
import { type PlannedEvent } from "../../../core/reconcile/index.ts";
import { type ObjectReference } from "../../../ports/event-sink.ts";
import { judgeWrite } from "./invariants-of-writes.ts";
import { type Decision, type Replica, type ReplicaListener } from "./replica.ts";
import { type Cause, shown, uidOf } from "./rules.ts";

/** A write that took addresses away, or did not restore them: each with the causes there can have been for it. */
export interface Loss {
  readonly decision: Decision;
  readonly causes: ReadonlyMap<string, ReadonlySet<Cause>>;
  /** Those of them that are to be told in any case; what somebody has scribbled into a status was never the Service's. */
  readonly had: readonly string[];
}

export interface ToldEvent extends PlannedEvent {
  readonly uid: string | undefined;
  readonly replica: Replica;
}

/** Sees everything that happens in a history, and holds each single write against the invariants. */
export class Witness implements ReplicaListener {
  readonly cluster: MemoryCluster;
  /** Broken invariants, in the order in which they were seen; there shall be none. */
  readonly faults: string[] = [];
  /** Who has put an address into a status that shows it: `key address`. */
  readonly provenance = new Map<string, "operator" | "somebody" | "deposed">();
  /** By uid, what the last write to a Service left it with. */
  readonly left = new Map<string, readonly string[]>();
  /** Services edited by somebody since the last rest. */
  readonly edited = new Set<string>();
  /** By uid, those of them that existed before: they may have been served under another wish. */
  readonly reworded = new Set<string>();
  readonly losses: Loss[] = [];
  readonly events: ToldEvent[] = [];
  /** How often each cause was told, by replica and since its start. */
  readonly toldChanges = new Map<Replica, Map<string, number>>();
  /** Who waited at the last rest, by uid, and for what. */
  waiting: ReadonlyMap<string, string> = new Map();
  /** Who existed then. */
  known: ReadonlySet<string> = new Set();
  /** Writes to each Service since the last rest. */
  readonly writes = new Map<string, number>();
  /** What may lead to a write to any Service, since the last rest. */
  changes = 0;
  term = 0;
  readonly #decisions = new WeakMap<object, Decision>();
  readonly #refused: { readonly kind: "Service" | "IPAddressPool"; readonly key: string }[] = [];

  constructor(cluster: MemoryCluster) {
    this.cluster = cluster;
  }

  onTerm(): void {
    this.term += 1;
    this.changes += 1;
  }

  onPoolEdit(): void {
    this.changes += 1;
  }

  onDecision(decision: Decision): void {
    this.#decisions.set(decision.patch, decision);
  }

  onRefused(kind: "Service" | "IPAddressPool", key: string): void {
    this.#refused.push({ kind, key });
  }

  onEvent(replica: Replica, object: ObjectReference, event: PlannedEvent): void {
    if (object.kind === "Service") this.events.push({ ...event, uid: object.uid, replica });
  }

  /** Somebody who is not the operator has created, changed or deleted a Service. */
  onHand(key: string, before: ServiceResource | undefined, after: ServiceResource | undefined): void {
    this.edited.add(key);
    if (before !== undefined && after !== undefined) this.reworded.add(uidOf(after));
    this.changes += 1;
    this.#noteShown(key, before, after, "somebody");
  }

  onCarriedOut({ patch, before, after }: CarriedOutWrite): void {
    const decision = this.#decisions.get(patch);
    if (decision === undefined) return;
    const [was, is] = [before as ServiceResource, after as ServiceResource];
    const isDeposed = decision.term !== this.term || !decision.replica.isAlive;
    this.writes.set(decision.key, (this.writes.get(decision.key) ?? 0) + 1);
    this.faults.push(...judgeWrite(decision, was, is, this));
    this.left.set(uidOf(is), shown(is));
    this.#noteShown(decision.key, was, is, isDeposed ? "deposed" : "operator");
  }

  /** What was refused since this was last called. */
  takeRefused(): readonly { readonly kind: "Service" | "IPAddressPool"; readonly key: string }[] {
    return this.#refused.splice(0);
  }

  #noteShown(
    key: string,
    before: ServiceResource | undefined,
    after: ServiceResource | undefined,
    by: "operator" | "somebody" | "deposed",
  ): void {
    for (const address of shown(before))
      if (!shown(after).includes(address)) this.provenance.delete(`${key} ${address}`);
    for (const address of shown(after))
      if (!shown(before).includes(address)) this.provenance.set(`${key} ${address}`, by);
  }
}
