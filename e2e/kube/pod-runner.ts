import { type ClusterClient, ClusterError } from "../cluster/index.ts";
import { type ClusterNode } from "../topology/cluster-node.ts";
import { Image, type ImageName } from "../topology/image.ts";
import { type Program } from "../topology/program.ts";
import { type PodObject, podPath } from "./pod-object.ts";
import { RunningPod } from "./running-pod.ts";

/** The images that are there; Pods of others are the suite's own business. */
const images: Readonly<Record<string, ImageName>> = {
  "steelyard/operator": "operator",
  "steelyard/speaker-agent": "speaker-agent",
};

/**
 * What the cluster lacks of kubelets and a scheduler: takes the Pods that the controllers made, gives each a node, runs
 * its containers there as its spec says, keeps its status, and ends it when it is deleted.
 */
export class PodRunner {
  readonly #kube: ClusterClient;
  readonly #nodes: readonly ClusterNode[];
  readonly #variables: Readonly<Record<string, string>>;
  readonly #stop = new AbortController();
  readonly #running = new Map<string, RunningPod>();
  readonly #ending = new Map<string, Promise<void>>();
  /** All that were ever started, for what they logged. */
  readonly #everRun: RunningPod[] = [];
  readonly #failures: unknown[] = [];
  #watching: Promise<void> = Promise.resolve();

  constructor(
    kube: ClusterClient,
    nodes: readonly ClusterNode[],
    variables: Readonly<Record<string, string>>,
  ) {
    this.#kube = kube;
    this.#nodes = nodes;
    this.#variables = variables;
  }

  start(): void {
    this.#watching = this.#watch();
  }

  /** Those that run, by the component of the chart that they belong to. */
  pods(component: "controller" | "speaker"): readonly RunningPod[] {
    return [...this.#running.values()].filter(
      ({ pod }) => pod.metadata.labels?.["app.kubernetes.io/component"] === component,
    );
  }

  /** What all Pods there have been ran, or only those that run for ever. */
  programs(which: "all" | "servers" = "all"): readonly Program[] {
    const pods = this.#everRun.filter(
      ({ pod }) => which === "all" || (pod.spec.restartPolicy ?? "Always") === "Always",
    );
    return pods.flatMap(({ programs }) => programs);
  }

  get restarts(): number {
    return this.#everRun.reduce((sum, { restarts }) => sum + restarts, 0);
  }

  /** What went wrong in the runner itself: nothing that a suite may pass over. */
  get failures(): readonly unknown[] {
    return [...this.#failures, ...this.#everRun.flatMap(({ failure }) => failure ?? [])];
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#watching;
    await Promise.all(this.#ending.values());
    await Promise.all([...this.#running.values()].map((pod) => pod.switchOff()));
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        for await (const { type, object } of this.#kube.watch<PodObject>("/api/v1/pods", signal)) {
          if (type === "ADDED" || type === "MODIFIED") await this.#consider(object);
          if (type === "DELETED") this.#forget(object);
        }
      } catch (error) {
        if (!signal.aborted) this.#failures.push(error);
      }
    }
  }

  async #consider(pod: PodObject): Promise<void> {
    const { uid, deletionTimestamp } = pod.metadata;
    if (!pod.spec.containers.every(({ image }) => imageName(image) !== undefined)) return;
    if (deletionTimestamp !== undefined) return this.#finish(pod);
    if (pod.spec.nodeName === undefined) return this.#schedule(pod);
    if (this.#running.has(uid) || this.#ending.has(uid)) return;
    const node = this.#nodes.find(({ name }) => name === pod.spec.nodeName);
    if (node === undefined) return;
    const serial = this.#everRun.length + 1;
    const running = new RunningPod(pod, {
      kube: this.#kube,
      node,
      image: imageOf,
      variables: this.#variables,
      serial,
    });
    this.#running.set(uid, running);
    this.#everRun.push(running);
    running.start();
  }

  async #finish(pod: PodObject): Promise<void> {
    const { uid, deletionGracePeriodSeconds = 30 } = pod.metadata;
    const running = this.#running.get(uid);
    if (this.#ending.has(uid)) return;
    // It was never started: nothing has to end before it goes.
    if (running === undefined) {
      await this.#kube.delete(podPath(pod), { gracePeriodSeconds: 0 }).catch(ignoreConflict);
      return;
    }
    this.#running.delete(uid);
    const ended = running
      .end(deletionGracePeriodSeconds)
      .catch((error: unknown) => void this.#failures.push(error));
    this.#ending.set(uid, ended);
  }

  /** Deleted by force: the processes go all the same. */
  #forget({ metadata }: PodObject): void {
    const running = this.#running.get(metadata.uid);
    this.#running.delete(metadata.uid);
    if (running !== undefined) this.#ending.set(metadata.uid, running.switchOff());
  }

  /** A DaemonSet's Pod names its node; another goes where fewest of its kind are. */
  async #schedule(pod: PodObject): Promise<void> {
    const target = namedNode(pod) ?? (await this.#emptiest(pod));
    await this.#kube
      .create(`${podPath(pod)}/binding`, {
        apiVersion: "v1",
        kind: "Binding",
        metadata: { name: pod.metadata.name, namespace: pod.metadata.namespace },
        target: { apiVersion: "v1", kind: "Node", name: target },
      })
      .catch(ignoreConflict);
  }

  async #emptiest({ metadata }: PodObject): Promise<string> {
    const component = metadata.labels?.["app.kubernetes.io/component"] ?? "";
    const alike = await this.#kube.list<PodObject>(
      `/api/v1/namespaces/${metadata.namespace}/pods?labelSelector=app.kubernetes.io/component%3D${component}`,
    );
    const count = (name: string): number => alike.filter(({ spec }) => spec.nodeName === name).length;
    const names = this.#nodes.map(({ name }) => name);
    return names.reduce((best, name) => (count(name) < count(best) ? name : best));
  }
}

function namedNode({ spec }: PodObject): string | undefined {
  const terms =
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const fields = terms.flatMap(({ matchFields = [] }) => matchFields);
  return fields.find(({ key }) => key === "metadata.name")?.values[0];
}

function imageName(image: string): ImageName | undefined {
  return images[image.replace(/:[^:/]*$/, "")];
}

function imageOf(image: string): Image {
  const name = imageName(image);
  if (name === undefined) throw new Error(`no image ${image}`);
  return new Image(name);
}

function ignoreConflict(error: unknown): void {
  const isOver = error instanceof ClusterError && (error.code === 404 || error.code === 409);
  if (!isOver) throw error;
}
