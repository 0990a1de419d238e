import { KubeClient, KubeError, type KubeRequest, type KubeTransport, LeaseElector } from "@steelyard/client";
import { type ServiceResource } from "@steelyard/model/resources";
import { ManualClock, seededRandom } from "@steelyard/model/testing";
import { KubernetesClusterWriter } from "../../adapters/kubernetes/kubernetes-cluster-writer.ts";
import { KubernetesEventSink } from "../../adapters/kubernetes/kubernetes-event-sink.ts";
import { KubernetesFieldHistory } from "../../adapters/kubernetes/kubernetes-field-history.ts";
import { KubernetesPodReader } from "../../adapters/kubernetes/kubernetes-pod-reader.ts";
import { LeaseLeadership } from "../../adapters/kubernetes/lease-leadership.ts";
import { ReflectedCluster } from "../../adapters/kubernetes/reflected-cluster.ts";
import { MemoryApi } from "../../adapters/kubernetes/testing/memory-api.ts";
import { MemoryMetrics } from "../../adapters/memory/memory-metrics.ts";
import { serviceOf } from "../../core/testing/services.ts";
import { SteelyardOperator } from "../operator.ts";
import { RememberingLog } from "./remembering-log.ts";
import { turn } from "./turn.ts";

export type Fault = (request: KubeRequest) => KubeError | "hangs" | undefined;

export interface SentRequest {
  /** Milliseconds of the rig's clock. */
  readonly at: number;
  readonly from: string;
  /** `PATCH /api/v1/…`, `WATCH /api/v1/…`. */
  readonly text: string;
}

const namespace = "metallb-system";

/**
 * Whole operators, with the adapters that the program has, on one API server in memory and one clock. Each has a way to
 * the API server of its own, which can be broken.
 */
export class ApiRig {
  readonly clock = new ManualClock({ wallStart: "2026-11-22T08:00:00.000Z" });
  readonly api = new MemoryApi();
  readonly log = new RememberingLog();
  #sent: SentRequest[] = [];

  async startOperator(instance: string): Promise<RiggedOperator> {
    const started = new RiggedOperator(instance, this, (request) => this.#sent.push(request));
    await this.pass(3_000);
    return started;
  }

  /** The requests since this was last called. */
  takeRequests(): readonly SentRequest[] {
    const taken = this.#sent;
    this.#sent = [];
    return taken;
  }

  /** Lets everybody do what is due, in steps that are shorter than any wait that matters. */
  async pass(millis: number, until: () => boolean = () => false): Promise<number> {
    for (let passed = 0; passed < millis; passed += 100) {
      for (let turns = 0; turns < 4; turns++) await turn();
      if (until()) return passed;
      this.clock.advance(100);
    }
    for (let turns = 0; turns < 4; turns++) await turn();
    return millis;
  }

  putPool(name: string, addresses: readonly string[]): void {
    this.api.put(`/apis/metallb.io/v1beta1/namespaces/${namespace}/ipaddresspools/${name}`, {
      apiVersion: "metallb.io/v1beta1",
      kind: "IPAddressPool",
      metadata: { name, namespace, creationTimestamp: "2026-11-22T07:00:00Z" },
      spec: { addresses },
    });
  }

  putServices(prefix: string, count: number): void {
    for (let index = 0; index < count; index++) {
      const service = serviceOf(`shop/${prefix}${index}`);
      this.api.put(`/api/v1/namespaces/shop/services/${prefix}${index}`, service);
    }
  }

  /** The addresses of every Service, by name. */
  addresses(): Readonly<Record<string, string>> {
    const services = this.api.list("/api/v1/services") as unknown as readonly ServiceResource[];
    return Object.fromEntries(
      services.map(({ metadata, status }) => [
        metadata.name,
        (status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip).join(","),
      ]),
    );
  }

  get waiting(): number {
    return Object.values(this.addresses()).filter((address) => address === "").length;
  }
}

/** One of the rig's operators. */
export class RiggedOperator {
  readonly operator: SteelyardOperator;
  readonly metrics = new MemoryMetrics();
  readonly leadership: LeaseLeadership;
  /** What its requests meet. */
  fault: Fault = () => undefined;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  constructor(instance: string, rig: ApiRig, onSent: (request: SentRequest) => void) {
    const { clock, log } = rig;
    const time = { clock, random: seededRandom(instance.length) };
    const transport = this.#linkTo(rig, instance, onSent);
    const client = new KubeClient(transport);
    const elector = new LeaseElector(
      { namespace, name: "steelyard-operator", identity: instance },
      { ...time, client, log },
    );
    this.leadership = new LeaseLeadership({ elector, clock });
    const { metrics, leadership } = this;
    const writer = new KubernetesClusterWriter({ client });
    const writesUnderWay = (): number => writer.underWay;
    this.operator = new SteelyardOperator(
      { lbClasses: [], configNamespace: namespace },
      {
        ...time,
        log,
        metrics,
        leadership,
        openCluster: () => new ReflectedCluster({ namespace }, { ...time, transport, log }),
        writer,
        fieldHistory: new KubernetesFieldHistory({ client }),
        pods: new KubernetesPodReader({ client }),
        events: new KubernetesEventSink({ instance }, { ...time, client, log, metrics, writesUnderWay }),
      },
    );
    this.#running = this.operator.run(this.#stopping.signal);
  }

  /** Asks it to end, as SIGTERM does; resolves when it has. */
  stop(): Promise<void> {
    this.#stopping.abort();
    return this.#running;
  }

  #linkTo({ api, clock }: ApiRig, from: string, onSent: (request: SentRequest) => void): KubeTransport {
    const meet = async (request: KubeRequest, method: string): Promise<void> => {
      onSent({ at: clock.now(), from, text: `${method} ${request.path}` });
      // An answer never comes in the turn of the question.
      await Promise.resolve();
      const met = this.fault(request);
      if (met === "hangs") await this.#hang(request, clock);
      else if (met !== undefined) throw met;
    };
    return {
      request: async (request: KubeRequest) => {
        await meet(request, request.method);
        return api.transport.request(request);
      },
      stream: async (request: KubeRequest) => {
        await meet(request, "WATCH");
        return api.transport.stream(request);
      },
    } as unknown as KubeTransport;
  }

  /** As the transport does: until the caller gives up, or its time is over. */
  #hang({ signal, timeoutMs = 30_000 }: KubeRequest, clock: ManualClock): Promise<never> {
    return new Promise((_resolve, reject) => {
      const end = (code: "aborted" | "timeout"): void => {
        cancel();
        signal?.removeEventListener("abort", onAbort);
        reject(new KubeError({ code, message: code }));
      };
      const onAbort = (): void => end("aborted");
      const cancel = clock.after(timeoutMs, () => end("timeout"));
      signal?.addEventListener("abort", onAbort, { once: true });
      if (signal?.aborted === true) onAbort();
    });
  }
}
