import { setTimeout as pause } from "node:timers/promises";
import { type ClusterObject } from "../../cluster/index.ts";
import { type Figure, median, quantile, withGoal } from "../figure.ts";
import { type StatusTemplate } from "./idle.ts";
import { addressesOf, benchService, type OperatorCluster } from "./operator-cluster.ts";

const rounds = 60;
/** Between two rounds, so that none of them meets what the one before left to do. */
const breathMillis = 40;
const watchOpensMillis = 500;
const services = "/api/v1/namespaces/latency/services";

/**
 * One new Service among all the others: from the moment its creation is sent to the moment a watcher sees its address.
 * Beside it, in turns, what the API server alone needs from a write to a watcher: for the creation and for a status patch
 * of a Service that the operator does not serve.
 */
export async function measureNewService(
  cluster: OperatorCluster,
  template: StatusTemplate,
): Promise<Figure[]> {
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "latency" } };
  await cluster.client.create("/api/v1/namespaces", namespace);
  const operator = await cluster.startOperator();
  await operator.untilLeading();
  const watcher = new Watcher(cluster);
  await pause(watchOpensMillis);
  const times = { created: [] as number[], patched: [] as number[], addressed: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    times.created.push(await writeToWatch(cluster, watcher, `foreign${round}`));
    times.patched.push(await patchToWatch(cluster, watcher, `foreign${round}`, template));
    times.addressed.push(await createToAddress(cluster, watcher, `served${round}`));
  }
  watcher.stop();
  await operator.stop();
  return describe(times);
}

interface Times {
  readonly created: readonly number[];
  readonly patched: readonly number[];
  readonly addressed: readonly number[];
}

function describe({ created, patched, addressed }: Times): Figure[] {
  const [create, patch, address] = [created, patched, addressed].map(median) as [number, number, number];
  const ratio = address / create;
  const millis = (value: number): string => `${value.toFixed(1)} ms`;
  return [
    withGoal(
      "new Service: create → address, in create → watcher (p50)",
      `${ratio.toFixed(2)} x`,
      "≤ 2 x",
      ratio <= 2,
    ),
    { name: "new Service: create → address, p50", value: millis(address) },
    { name: "new Service: create → address, p90", value: millis(quantile(addressed, 0.9)) },
    { name: "API server alone: create → watcher, p50", value: millis(create) },
    { name: "API server alone: status patch → watcher, p50", value: millis(patch) },
    {
      name: "new Service: create → address, in patch → watcher (p50)",
      value: `${(address / patch).toFixed(2)} x`,
    },
    {
      name: "new Service: beyond both writes of the API server, p50",
      value: millis(address - create - patch),
    },
  ];
}

/** Nobody serves this class, so only the API server is at work. */
const foreign = { loadBalancerClass: "example.com/nobody" };

async function writeToWatch(cluster: OperatorCluster, watcher: Watcher, name: string): Promise<number> {
  return watcher.time(
    name,
    () => true,
    () => cluster.client.create(services, inNamespace(benchService(name, foreign))),
  );
}

async function patchToWatch(
  cluster: OperatorCluster,
  watcher: Watcher,
  name: string,
  { annotations, status }: StatusTemplate,
): Promise<number> {
  const took = await watcher.time(name, isAddressed, () =>
    cluster.client.mergePatch(`${services}/${name}/status`, { metadata: { annotations }, status }),
  );
  await remove(cluster, name);
  return took;
}

async function createToAddress(cluster: OperatorCluster, watcher: Watcher, name: string): Promise<number> {
  const took = await watcher.time(name, isAddressed, () =>
    cluster.client.create(services, inNamespace(benchService(name))),
  );
  await remove(cluster, name);
  return took;
}

async function remove(cluster: OperatorCluster, name: string): Promise<void> {
  await pause(breathMillis);
  await cluster.client.delete(`${services}/${name}`);
  await pause(breathMillis);
}

function isAddressed(service: ClusterObject): boolean {
  return addressesOf(service).length > 0;
}

function inNamespace(service: ClusterObject): ClusterObject {
  return { ...service, metadata: { ...service.metadata, namespace: "latency" } };
}

interface Awaited {
  readonly name: string;
  readonly accept: (service: ClusterObject) => boolean;
  readonly seen: (at: bigint) => void;
}

/** Follows the Services of the bench's own namespace and notes when something is seen. */
class Watcher {
  readonly #stopping = new AbortController();
  #awaited: Awaited | undefined;

  constructor(cluster: OperatorCluster) {
    void this.#follow(cluster);
  }

  /** Milliseconds from just before `write` to the event that `accept` wants. */
  async time(
    name: string,
    accept: (service: ClusterObject) => boolean,
    write: () => Promise<unknown>,
  ): Promise<number> {
    const seen = new Promise<bigint>((resolve) => (this.#awaited = { name, accept, seen: resolve }));
    const sent = process.hrtime.bigint();
    const [at] = await Promise.all([seen, write()]);
    return Number(at - sent) / 1e6;
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #follow({ client }: OperatorCluster): Promise<void> {
    for await (const { object } of client.watch(services, this.#stopping.signal)) {
      const awaited = this.#awaited;
      if (awaited === undefined || object.metadata.name !== awaited.name || !awaited.accept(object)) continue;
      this.#awaited = undefined;
      awaited.seen(process.hrtime.bigint());
    }
  }
}
