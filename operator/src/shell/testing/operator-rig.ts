import { type IpAddressPoolResource, type L2AdvertisementResource } from "@steelyard/model/resources";
import { ManualClock, seededRandom } from "@steelyard/model/testing";
import { MemoryCluster, type MemoryReader } from "../../adapters/memory/memory-cluster.ts";
import { MemoryEventSink } from "../../adapters/memory/memory-event-sink.ts";
import { MemoryFieldHistory } from "../../adapters/memory/memory-field-history.ts";
import { MemoryLeadership } from "../../adapters/memory/memory-leadership.ts";
import { MemoryPodReader } from "../../adapters/memory/memory-pod-reader.ts";
import { MemoryMetrics } from "../../adapters/memory/memory-metrics.ts";
import { type OperatorOptions } from "../operator-options.ts";
import { SteelyardOperator } from "../operator.ts";
import { RememberingLog } from "./remembering-log.ts";
import { turn } from "./turn.ts";

const configNamespace = "metallb-system";

/** The whole operator against a cluster in memory; one rig may run several operators, one after the other. */
export class OperatorRig {
  readonly clock = new ManualClock({ wallStart: "2026-11-22T08:00:00.000Z" });
  readonly cluster = new MemoryCluster();
  readonly events = new MemoryEventSink({ clock: this.clock });
  readonly metrics = new MemoryMetrics();
  readonly fieldHistory = new MemoryFieldHistory();
  readonly pods = new MemoryPodReader();
  readonly log = new RememberingLog();
  leadership = new MemoryLeadership({ leads: true });
  operator: SteelyardOperator | undefined;
  reader: MemoryReader | undefined;
  #stop: (() => Promise<void>) | undefined;

  async start(options: Partial<OperatorOptions> = {}): Promise<void> {
    const { cluster, clock, events, pods, fieldHistory, metrics, log, leadership } = this;
    const openCluster = () => (this.reader = cluster.openReader());
    const random = seededRandom(7);
    const { writer } = cluster;
    const time = { clock, random };
    const deps = { openCluster, writer, fieldHistory, pods, events, leadership, metrics, ...time, log };
    this.operator = new SteelyardOperator({ lbClasses: [], configNamespace, ...options }, deps);
    const stopping = new AbortController();
    const running = this.operator.run(stopping.signal);
    this.#stop = () => {
      stopping.abort();
      return running;
    };
    await this.settle();
  }

  async stop(): Promise<void> {
    await this.#stop?.();
    this.leadership = new MemoryLeadership({ leads: true });
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Lets the operator do all it wants to do now and within the next seconds. */
  async settle(): Promise<void> {
    for (let round = 0; round < 12; round++) {
      await turn();
      this.clock.advance(200);
    }
    await turn();
  }

  /** Lets time pass, and the operator do what it wants to do meanwhile. */
  async pass(millis: number): Promise<void> {
    const end = this.clock.now() + millis;
    while (this.clock.now() < end) {
      await turn();
      this.clock.advance(Math.min(100, end - this.clock.now()));
    }
    await turn();
  }

  /** The writes since this was last called. */
  takeWrites(): readonly string[] {
    return this.cluster.writes.splice(0);
  }

  /** Creates it, or edits the spec. */
  pool(name: string, addresses: readonly string[], spec: Partial<IpAddressPoolResource["spec"]> = {}): void {
    const before = this.cluster.pools.get(`${configNamespace}/${name}`);
    const generation = (before?.metadata.generation ?? 0) + 1;
    this.cluster.pools.put({
      apiVersion: "metallb.io/v1beta1",
      kind: "IPAddressPool",
      metadata: { name, namespace: configNamespace, generation, creationTimestamp: "2026-11-22T07:00:00Z" },
      spec: { addresses, autoAssign: true, avoidBuggyIPs: false, ...spec },
      ...(before?.status && { status: before.status }),
    });
  }

  advertisement(name: string, spec: L2AdvertisementResource["spec"] = {}): void {
    this.cluster.l2Advertisements.put({
      apiVersion: "metallb.io/v1beta1",
      kind: "L2Advertisement",
      metadata: { name, namespace: configNamespace },
      spec,
    });
  }

  addressesOf(key: string): readonly (string | undefined)[] {
    const ingress = this.cluster.services.get(key)?.status?.loadBalancer?.ingress ?? [];
    return ingress.map(({ ip }) => ip);
  }

  conditionOf(key: string, type: "Allocated" | "Announced" | "Contested"): string | undefined {
    const conditions = this.cluster.services.get(key)?.status?.conditions ?? [];
    const found = conditions.find((one) => one.type === `steelyard.io/${type}`);
    return found && `${found.status} ${found.reason}: ${found.message}`;
  }

  eventsOf(name: string): readonly string[] {
    return this.events.stored
      .filter(({ object }) => object.name === name)
      .map(({ reason, message, count }) => `${reason} x${count}: ${message}`);
  }
}
