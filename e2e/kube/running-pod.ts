import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type ClusterClient, ClusterError } from "../cluster/index.ts";
import { type ClusterNode } from "../topology/cluster-node.ts";
import { type Image, type PodMount, type PodSecurity } from "../topology/image.ts";
import { type NetworkNamespace } from "../topology/namespace.ts";
import { Program } from "../topology/program.ts";
import { Container, wholeSeconds } from "./container.ts";
import { containerEnvironment, expand } from "./downward-api.ts";
import { createPodNetwork, hostNetwork, nodeAddresses, type PodNetwork } from "./pod-network.ts";
import { type ContainerSpec, type PodObject, podPath, type PodPlace } from "./pod-object.ts";
import { VolumeNotReady, Volumes } from "./volumes.ts";

/** What a Pod's processes are started with besides what its object says. */
export interface PodSurroundings {
  readonly kube: ClusterClient;
  readonly node: ClusterNode;
  readonly image: (name: string) => Image;
  /** What a kubelet tells of the Service `kubernetes`. */
  readonly variables: Readonly<Record<string, string>>;
  /** Own to each Pod. */
  readonly serial: number;
}

/** One Pod on its node, from its volumes to its end: what a kubelet and a container runtime do with it. */
export class RunningPod {
  readonly pod: PodObject;
  readonly node: ClusterNode;
  readonly #around: PodSurroundings;
  readonly #folder: string;
  readonly #stop = new AbortController();
  readonly #startTime = wholeSeconds();
  #network: PodNetwork | undefined;
  #containers: readonly Container[] = [];
  #publishing: Promise<void> = Promise.resolve();
  #readySince: { isReady: boolean; at: string } = { isReady: false, at: wholeSeconds() };
  #started: Promise<void> = Promise.resolve();
  /** What went wrong that no kubelet would have met. */
  failure: unknown;

  constructor(pod: PodObject, around: PodSurroundings) {
    this.pod = pod;
    this.node = around.node;
    this.#around = around;
    this.#folder = join("/run/steelyard-volumes", pod.metadata.uid);
  }

  get name(): string {
    return this.pod.metadata.name;
  }

  /** The network it is on. */
  get host(): NetworkNamespace {
    if (this.#network === undefined) throw new Error(`${this.name} has no network yet`);
    return this.#network.namespace;
  }

  get isReady(): boolean {
    return this.#containers.length > 0 && this.#containers.every(({ isReady }) => isReady);
  }

  get restarts(): number {
    return this.#containers.reduce((sum, { restarts }) => sum + restarts, 0);
  }

  get programs(): readonly Program[] {
    return this.#containers.flatMap(({ programs }) => programs);
  }

  start(): void {
    this.#started = this.#start().catch((error: unknown) => {
      this.failure = error;
    });
  }

  /** The end of a Pod that somebody deleted: SIGTERM, the grace period, and then the object goes. */
  async end(graceSeconds: number): Promise<void> {
    await this.#halt(graceSeconds);
    const { uid } = this.pod.metadata;
    const options = { gracePeriodSeconds: 0, preconditions: { uid } };
    await this.#around.kube.delete(podPath(this.pod), options).catch(ignoreGone);
  }

  /** Ends the processes and leaves the object, as a node that is switched off. */
  async #halt(graceSeconds: number): Promise<void> {
    this.#stop.abort();
    await this.#started;
    await Promise.all(this.#containers.map((container) => container.stop(graceSeconds * 1000)));
    await this.#publishing;
    await this.#network?.delete();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** For the end of a suite. */
  switchOff(): Promise<void> {
    return this.#halt(2);
  }

  async #start(): Promise<void> {
    const { node, serial } = this.#around;
    const isOnHost = this.pod.spec.hostNetwork === true;
    const network = isOnHost ? hostNetwork(node) : await createPodNetwork(node, serial);
    this.#network = network;
    const place = { nodeName: node.name, hostIps: nodeAddresses(node), podIps: network.podIps };
    mkdirSync(this.#folder, { recursive: true });
    this.#publish();
    const folders = await this.#untilVolumes(place);
    if (folders === undefined) return;
    this.#containers = this.pod.spec.containers.map((spec) => {
      const launch = (): Program => this.#launch(spec, place, network, folders);
      const route = { node: node.host, podIp: network.podIps[0] ?? "" };
      const { restartPolicy = "Always" } = this.pod.spec;
      return new Container(spec, { launch, restartPolicy, route }, () => this.#publish());
    });
    for (const container of this.#containers) container.start();
  }

  /** A kubelet tries again after half a second, then after twice as long, and so on. */
  async #untilVolumes(place: PodPlace): Promise<ReadonlyMap<string, string> | undefined> {
    const { signal } = this.#stop;
    const volumes = new Volumes(this.#around.kube, this.#folder, this.pod, place);
    for (let millis = 500; !signal.aborted; millis = Math.min(2 * millis, 120_000)) {
      try {
        return await volumes.fill();
      } catch (error) {
        if (!(error instanceof VolumeNotReady)) throw error;
      }
      await pause(millis, undefined, { signal }).catch(() => undefined);
    }
    return undefined;
  }

  #launch(
    spec: ContainerSpec,
    place: PodPlace,
    { namespace }: PodNetwork,
    folders: ReadonlyMap<string, string>,
  ): Program {
    const variables = containerEnvironment(spec, this.pod, place, this.#around.variables);
    const expanded = (words: readonly string[] = []): string[] =>
      words.map((word) => expand(word, variables));
    const [program, ...args] = this.#around.image(spec.image).command({
      args: expanded(spec.args),
      ...(spec.command === undefined ? {} : { command: expanded(spec.command) }),
      security: this.#security(spec),
      mounts: mounts(spec, folders),
    });
    return new Program(
      `${this.name} on ${this.node.name}`,
      namespace.spawn(program, args, [], { ...variables }),
    );
  }

  #security({ securityContext = {} }: ContainerSpec): PodSecurity {
    const { capabilities = {} } = securityContext;
    if (capabilities.drop?.includes("ALL") !== true)
      throw new Error(`${this.name}: a container here has to drop ALL capabilities`);
    const own = { ...this.pod.spec.securityContext, ...securityContext };
    return {
      ...(own.runAsUser === undefined ? {} : { runAsUser: own.runAsUser }),
      ...(own.runAsGroup === undefined ? {} : { runAsGroup: own.runAsGroup }),
      allowPrivilegeEscalation: own.allowPrivilegeEscalation ?? true,
      readOnlyRootFilesystem: own.readOnlyRootFilesystem ?? false,
      capabilities: capabilities.add ?? [],
    };
  }

  /** One after the other, so that the last word is the latest. */
  #publish(): void {
    this.#publishing = this.#publishing.then(async () => {
      const status = this.#status();
      await this.#around.kube.mergePatch(`${podPath(this.pod)}/status`, { status }).catch(ignoreGone);
    });
  }

  get #phase(): string {
    const codes = this.#containers.map(({ exitCode }) => exitCode);
    if (codes.length === 0) return "Pending";
    if (codes.includes(undefined)) return "Running";
    return codes.every((code) => code === 0) ? "Succeeded" : "Failed";
  }

  #status(): Readonly<Record<string, unknown>> {
    const { isReady } = this;
    if (this.#readySince.isReady !== isReady) this.#readySince = { isReady, at: wholeSeconds() };
    const condition = (type: string, isTrue: boolean, at: string): object => ({
      type,
      status: isTrue ? "True" : "False",
      lastTransitionTime: at,
    });
    const ips = (addresses: readonly string[]): object[] => addresses.map((ip) => ({ ip }));
    const hostIps = nodeAddresses(this.node);
    const podIps = this.#network?.podIps ?? [];
    return {
      phase: this.#phase,
      startTime: this.#startTime,
      hostIP: hostIps[0],
      hostIPs: ips(hostIps),
      podIP: podIps[0],
      podIPs: ips(podIps),
      conditions: [
        condition("PodScheduled", true, this.#startTime),
        condition("Initialized", true, this.#startTime),
        condition("ContainersReady", isReady, this.#readySince.at),
        condition("Ready", isReady, this.#readySince.at),
      ],
      containerStatuses: this.#containers.map(({ status }) => status),
    };
  }
}

function mounts(
  { volumeMounts = [] }: ContainerSpec,
  folders: ReadonlyMap<string, string>,
): readonly PodMount[] {
  return volumeMounts.map(({ name, mountPath, readOnly = false }) => {
    const from = folders.get(name);
    if (from === undefined) throw new Error(`no volume ${name}`);
    return { from, to: mountPath, readOnly };
  });
}

function ignoreGone(error: unknown): void {
  const isGone = error instanceof ClusterError && (error.code === 404 || error.code === 409);
  if (!isGone) throw error;
}
