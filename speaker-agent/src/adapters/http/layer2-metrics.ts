import { formatIpAddress } from "@steelyard/model/address";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { addressStates, type ConflictKind, type Layer2State } from "../../ports/agent-metrics.ts";
import { type OwnerMove } from "../../ports/netio-report.ts";
import { GrowingTotals } from "./growing-totals.ts";

const conflictKinds: readonly ConflictKind[] = ["held", "defended", "two-owners"];
/** In seconds, around the goals: 300 ms in the middle and 1 s at the worst to the first good connection. */
const detectionBuckets = [0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 3, 5, 10];
const takeoverBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** What is ours about layer 2 and MetalLB does not know of. */
export class Layer2Metrics {
  readonly #nodeName: string;
  readonly #registers: Registry[];
  readonly #owner: Gauge;
  readonly #addresses: Gauge;
  readonly #moves: Counter;
  readonly #detection: Histogram;
  readonly #takeover: Histogram;
  readonly #conflicts: Counter;
  readonly #policy: Gauge;
  readonly #suspended: Gauge;
  readonly #members: Gauge;
  readonly #drops: GrowingTotals;
  readonly #checks: GrowingTotals;

  constructor(options: { readonly nodeName: string }, registry: Registry) {
    this.#nodeName = options.nodeName;
    this.#registers = [registry];
    this.#owner = this.#gauge("owner", "1 while this node owns the address", "ip", "node");
    this.#addresses = this.#gauge(
      "addresses",
      "Addresses, by how they stand as seen from this node",
      "state",
    );
    this.#moves = this.#counter(
      "moves_total",
      "Addresses that came to this node, or were yielded by it",
      "cause",
    );
    this.#detection = this.#histogram(
      "detection_seconds",
      "From an owner's last sign of life to the verdict",
      detectionBuckets,
    );
    this.#takeover = this.#histogram(
      "takeover_seconds",
      "From the verdict to the first announcement",
      takeoverBuckets,
    );
    this.#conflicts = this.#counter("conflicts_total", "Two claims of one address on the segment", "kind");
    this.#policy = this.#gauge("owner_policy", "1 for the policy in force", "policy");
    this.#suspended = this.#gauge(
      "exclusion_suspended",
      "1 while announced from here against a rule",
      "service",
    );
    this.#members = this.#gauge("members", "Members of the ring as seen from this node", "kind", "state");
    const drops = this.#counter("frames_dropped_total", "Frames heard and not answered", "reason");
    this.#drops = new GrowingTotals(drops, { label: "reason" });
    const checks = this.#counter(
      "checks_total",
      "Questions to the segment about other nodes' addresses",
      "verdict",
    );
    this.#checks = new GrowingTotals(checks, { label: "verdict" });
    // There from the start, so that `increase` sees the first one.
    for (const kind of conflictKinds) this.#conflicts.inc({ kind }, 0);
  }

  setState({ owned, addresses, policy, members, drops, checked }: Layer2State): void {
    this.#owner.reset();
    for (const address of owned) this.#owner.set({ ip: formatIpAddress(address), node: this.#nodeName }, 1);
    for (const state of addressStates) this.#addresses.set({ state }, addresses[state]);
    for (const one of ["sticky", "hash"]) this.#policy.set({ policy: one }, Number(one === policy));
    this.#members.reset();
    for (const { kind, state } of members) this.#members.inc({ kind, state });
    this.#drops.set(drops, { forgets: false });
    this.#checks.set(checked, { forgets: false });
  }

  countMove({ cause, detectionMillis, takeoverMillis }: OwnerMove): void {
    this.#moves.inc({ cause });
    if (detectionMillis !== undefined) this.#detection.observe(detectionMillis / 1000);
    if (takeoverMillis !== undefined) this.#takeover.observe(takeoverMillis / 1000);
  }

  countConflicts(kind: ConflictKind, count: number): void {
    this.#conflicts.inc({ kind }, count);
  }

  setSuspended(services: readonly string[]): void {
    this.#suspended.reset();
    for (const service of services) this.#suspended.set({ service }, 1);
  }

  #gauge(name: string, help: string, ...labelNames: readonly string[]): Gauge {
    return new Gauge({ name: `steelyard_l2_${name}`, help, labelNames, registers: this.#registers });
  }

  #counter(name: string, help: string, ...labelNames: readonly string[]): Counter {
    return new Counter({ name: `steelyard_l2_${name}`, help, labelNames, registers: this.#registers });
  }

  #histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name: `steelyard_l2_${name}`, help, buckets, registers: this.#registers });
  }
}
