import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  type ApiServer,
  type AuditRecord,
  type ClusterObject,
  ClusterClient,
  metallbCrds,
  startApiServer,
  startKubeApiServer,
} from "../cluster/index.ts";
import { plan } from "./addressing.ts";
import { type AgentStatus, healthPort, readAgentStatus } from "./agent-status.ts";
import { type ClusterNode } from "./cluster-node.ts";
import { builtProgram } from "./dist.ts";
import { eventually } from "./eventually.ts";
import { controllerSecurity, Image, type PodMount, speakerSecurity } from "./image.ts";
import { KubeProxy } from "./kube-proxy.ts";
import { startMetallbController, startMetallbSpeaker } from "./metallb.ts";
import { whoHas } from "./neighbour-probe.ts";
import { type NetworkNamespace } from "./namespace.ts";
import { Network } from "./network.ts";
import {
  controllerPodObject,
  type Families,
  endpointSlices,
  nodeObject,
  nodeStatus,
  serviceObject,
  systemNamespace,
} from "./objects.ts";
import { type Ended, Program } from "./program.ts";
import { agentPrivileges } from "./privileges.ts";
import { Ring } from "./ring.ts";
import { hasOnlyRoot } from "./sandbox.ts";
import { pathOf } from "./resource-paths.ts";
import { mountServiceAccount, serviceAccountFolder } from "./service-account.ts";
import { serviceRoutes } from "./service-routes.ts";
import { programServiceRoutes } from "./service-data-path.ts";
import { spawnHere } from "./spawn-here.ts";
import { Visitor, type VisitorOptions } from "./visitor.ts";

export interface LabOptions {
  readonly nodes: number;
  readonly sideSegment?: boolean;
  readonly api?: "embedded" | "genuine";
  /** How the programs find the API server: a kubeconfig over plain HTTP, or as pods do, by service account over TLS. */
  readonly access?: "kubeconfig" | "service-account";
  /** Where the programs come from: dist/, or the root directories of the images, started as the chart's pods are. */
  readonly programs?: "built" | "image";
  /** Whose CustomResourceDefinitions are installed; Steelyard's when left out. */
  readonly definitions?: "steelyard" | "metallb" | "none";
  /** With the genuine kube-controller-manager beside the genuine API server. */
  readonly controllers?: boolean;
  /** Who turns a Service's address into a pod's: rules of our own on each node, or genuine kube-proxies. */
  readonly dataPath?: "own" | "kube-proxy";
  /** The agents form a ring: Pod objects, one key, MetalLB's `--ml-` flags. Without it a Ready node counts as alive. */
  readonly membership?: boolean;
  /** What agents may do besides NET_RAW, as setpriv(1) calls it: `net_admin` to bind addresses. */
  readonly agentCapabilities?: readonly string[];
  /**
   * Nodes after the others that run pods and no agent, so that a pod outlives the owner of the address; they carry the label
   * that excludes them from load balancing.
   */
  readonly workers?: number;
}

export interface ServiceCondition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
}

export interface KubeEvent {
  readonly reason: string;
  readonly message: string;
  readonly type: string;
  readonly involvedObject: { readonly kind: string; readonly name: string };
}

interface ServiceStatus {
  readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] };
  readonly conditions?: readonly ServiceCondition[];
}

/**
 * A whole cluster as a user meets it: network, API server, the built operator and agents, and a client outside. Suites
 * speak in its verbs; every wait is for an outcome and has a limit.
 */
export class Lab {
  private operator: Program | undefined;
  private readonly runningAgents = new Map<string, Program>();
  private readonly proxies: KubeProxy[] = [];

  readonly network: Network;
  readonly api: ApiServer;
  readonly kube: ClusterClient;
  /** A kubeconfig that the agents can read too, which run as another user. */
  readonly kubeconfigPath: string;
  private readonly access: ProgramAccess;
  private readonly dataPath: "own" | "kube-proxy";
  private readonly ring: Ring | undefined;
  private readonly workers: number;
  private readonly agentCapabilities: readonly string[];
  private readonly startedFrom: "built" | "image";
  /** With which arguments the agent of a node was started last. */
  private readonly agentArguments = new Map<string, readonly string[]>();

  private constructor(
    network: Network,
    api: ApiServer,
    access: ProgramAccess,
    {
      dataPath = "own",
      membership = false,
      workers = 0,
      agentCapabilities = [],
      programs = "built",
    }: LabOptions,
  ) {
    this.startedFrom = programs;
    this.agentCapabilities = agentCapabilities;
    this.network = network;
    this.api = api;
    this.kube = new ClusterClient(api);
    this.kubeconfigPath = publishKubeconfig(api.kubeconfigPath);
    this.access = access;
    this.dataPath = dataPath;
    this.workers = workers;
    this.ring = membership ? new Ring(this.kube, dirname(this.kubeconfigPath)) : undefined;
  }

  static async create(options: LabOptions): Promise<Lab> {
    const network = await Network.create({ ...options, nodes: options.nodes + (options.workers ?? 0) });
    const api = await startApi(options, plan.lan.gateway4);
    const lab = new Lab(network, api, programAccess(options, api), options);
    await lab.furnish();
    return lab;
  }

  get hasOnlyRoot(): boolean {
    return hasOnlyRoot();
  }

  /** The nodes with an agent: all but the workers. */
  get speakers(): readonly ClusterNode[] {
    return this.network.nodes.slice(0, this.network.nodes.length - this.workers);
  }

  get agents(): readonly Program[] {
    return [...this.runningAgents.values()];
  }

  get programs(): readonly Program[] {
    return [...(this.operator === undefined ? [] : [this.operator]), ...this.agents];
  }

  // --- programs

  async startOperator(args: readonly string[] = []): Promise<Program> {
    const [command, ...rest] = this.operatorCommand([...this.commonFlags(0), ...args]);
    const program = spawnHere("operator", command, rest, this.programEnvironment());
    this.operator = program;
    await program.line((line) => line["msg"] === "started");
    return program;
  }

  /** MetalLB's own controller in place of our operator; ended like that one. */
  async startMetallbController(): Promise<Program> {
    const pod = controllerPodObject();
    if ((await this.kube.find(pathOf(pod))) === undefined)
      await this.kube.create(`/api/v1/namespaces/${systemNamespace}/pods`, pod);
    const access = { kubeconfigPath: this.kubeconfigPath, podName: pod.metadata.name };
    this.operator = await startMetallbController(access);
    return this.operator;
  }

  async stopOperator(): Promise<void> {
    await this.operator?.stop();
    this.operator = undefined;
  }

  startAgents(args: readonly string[] = []): Promise<readonly Program[]> {
    return Promise.all(this.speakers.map((node) => this.startAgent(node, args)));
  }

  /** Starts the agent of a node, with the arguments it had before when none are given. */
  async startAgent(node: ClusterNode, args?: readonly string[]): Promise<Program> {
    const own = args ?? this.agentArguments.get(node.name) ?? [];
    this.agentArguments.set(node.name, own);
    const ring =
      this.ring === undefined ? [] : [...this.ring.flags(node), "--pod-name", this.ring.podName(node)];
    const flags = [...this.commonFlags(healthPort), "--node-name", node.name, ...ring, ...own];
    const [command, ...rest] = this.agentCommand(flags);
    const child = node.host.spawn(command, rest, [], this.programEnvironment());
    const program = new Program(`agent on ${node.name}`, child);
    this.runningAgents.set(node.name, program);
    // With many on one machine the last waits for the processor longer than for anything else.
    await program.line((line) => line["msg"] === "started", 30_000);
    return program;
  }

  /** MetalLB's own speaker in place of our agent on a node, in the same ring. */
  async startMetallbSpeaker(node: ClusterNode): Promise<Program> {
    if (this.ring === undefined) throw new Error("a speaker of MetalLB wants a lab with membership");
    const ring = { podName: this.ring.podName(node), ring: this.ring.flags(node) };
    const speaker = await startMetallbSpeaker(node, { kubeconfigPath: this.kubeconfigPath, ...ring });
    this.runningAgents.set(node.name, speaker);
    return speaker;
  }

  /** Whether the agent of a node runs. */
  runs(node: ClusterNode): boolean {
    return this.runningAgents.has(node.name);
  }

  agent(node: ClusterNode): Program {
    const agent = this.runningAgents.get(node.name);
    if (agent === undefined) throw new Error(`no agent runs on ${node.name}`);
    return agent;
  }

  /** Ends the agent of one node and forgets it. */
  async stopAgent(node: ClusterNode, signal: NodeJS.Signals = "SIGTERM"): Promise<Ended> {
    const agent = this.agent(node);
    this.runningAgents.delete(node.name);
    return agent.stop(signal);
  }

  async stopAgents(): Promise<void> {
    await Promise.all(this.agents.map((agent) => agent.stop()));
    this.runningAgents.clear();
  }

  /** What the programs under test printed last, for the message of a failure. */
  transcripts(): string {
    return [...this.programs, ...this.proxies]
      .map((program) => `--- ${program.name}\n${program.transcript()}`)
      .join("\n");
  }

  /** The lines of /proc/<pid>/status by name. */
  processStatus(pid: number): Readonly<Record<string, string>> {
    const lines = readFileSync(`/proc/${pid}/status`, "utf8").trim().split("\n");
    return Object.fromEntries(
      lines.map((line) => [line.split(":")[0] ?? "", line.slice(line.indexOf(":") + 1).trim()]),
    );
  }

  async end(): Promise<void> {
    if (process.env["STEELYARD_TRANSCRIPTS"] === "1") console.log(this.transcripts());
    await Promise.all(this.programs.map((program) => program.stop()));
    await Promise.all(this.proxies.map((proxy) => proxy.stop()));
    const trespasses = await this.trespasses();
    await this.api.stop();
    await this.network.delete();
    rmSync(dirname(this.kubeconfigPath), { recursive: true });
    if (trespasses.length > 0)
      throw new Error(`the specs of Services were written: ${trespasses.join(", ")}`);
  }

  /** Returns when every agent that runs has exactly the nodes with a running one in its ring. */
  async untilRing(withinMillis = 15_000): Promise<void> {
    const running = this.speakers.filter((node) => this.runs(node));
    const names = running.map(({ name }) => name).sort();
    for (const node of running) {
      await eventually(
        `${node.name} in a ring of ${names.length}`,
        async () => {
          const { members } = await this.agentStatus(node);
          const alive = members?.filter(({ state }) => state === "alive").map(({ name }) => name);
          return alive?.sort().join() === names.join();
        },
        withinMillis,
      );
    }
  }

  /** What the agent of a node says of the moment on its health port. */
  agentStatus(node: ClusterNode): Promise<AgentStatus> {
    return readAgentStatus(node.host);
  }

  // --- bad days

  /** A node loses its power: the cables first, so that not even its kernel can say that the agent is gone. */
  async crash(node: ClusterNode): Promise<void> {
    await this.network.cut(node);
    await this.stopAgent(node, "SIGKILL");
  }

  /** The node comes back and starts its agent anew. */
  async revive(node: ClusterNode): Promise<Program> {
    await this.network.restore(node);
    return this.startAgent(node);
  }

  /** SIGSTOP: the process keeps its sockets and does nothing, as under a debugger or on a host without processor time. */
  stall(node: ClusterNode): { readonly resume: () => void } {
    const { process } = this.agent(node);
    process.kill("SIGSTOP");
    return { resume: () => process.kill("SIGCONT") };
  }

  /** The programs lose the API server: what they have open is reset, and so is what they try. The suite keeps its own way. */
  loseApiServer(): { readonly giveBack: () => void } {
    const { faults } = this.api;
    const userAgents = ["steelyard-speaker-agent", "steelyard-operator"];
    const mend = userAgents.map((userAgent) => faults.inject({ fault: "reset", userAgent }));
    faults.interruptWatches("reset");
    return { giveBack: () => mend.forEach((undo) => undo()) };
  }

  // --- objects

  get(object: ClusterObject): Promise<ClusterObject> {
    return this.kube.get(pathOf(object));
  }

  /** All objects of one of the kinds in the system namespace, by plural name. */
  async list(plural: string): Promise<readonly ClusterObject[]> {
    return this.kube.list(`/apis/metallb.io/v1beta1/namespaces/${systemNamespace}/${plural}`);
  }

  /** Creates each object, or replaces the spec of the one that is there. */
  async apply(...objects: readonly ClusterObject[]): Promise<void> {
    for (const object of objects) await this.kube.apply(pathOf(object), object);
  }

  async remove(object: ClusterObject): Promise<void> {
    await this.kube.delete(pathOf(object));
  }

  /** Registers a node as its kubelet would: the object, then its status. */
  async addNode(number: number): Promise<void> {
    const labels = number > this.speakers.length ? { [excludeLabel]: "" } : {};
    await this.kube.create("/api/v1/nodes", nodeObject(number, labels));
    await this.setNodeReady(number, true);
  }

  async setNodeReady(number: number, ready: boolean): Promise<void> {
    await this.kube.mergePatch(`${pathOf(nodeObject(number))}/status`, { status: nodeStatus(number, ready) });
  }

  /** What `kubectl label node` does; null takes away. */
  async labelNode(number: number, labels: Readonly<Record<string, string | null>>): Promise<void> {
    await this.kube.mergePatch(pathOf(nodeObject(number)), { metadata: { labels } });
  }

  // --- Services

  async createService(
    name: string,
    families: Families = "IPv4",
    options: {
      endpointsOn?: readonly number[];
      spec?: Readonly<Record<string, unknown>>;
      annotations?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<void> {
    if (options.endpointsOn !== undefined) await this.setEndpoints(name, families, options.endpointsOn);
    await this.kube.create(
      "/api/v1/namespaces/default/services",
      serviceObject(name, families, options.spec, options.annotations),
    );
  }

  async setEndpoints(service: string, families: Families, nodes: readonly number[]): Promise<void> {
    await this.apply(...endpointSlices(service, families, nodes));
  }

  service(name: string): Promise<ClusterObject> {
    return this.get(serviceObject(name));
  }

  /** What a user's `kubectl annotate` does; null takes away. */
  async annotateService(name: string, annotations: Readonly<Record<string, string | null>>): Promise<void> {
    await this.kube.mergePatch(pathOf(serviceObject(name)), { metadata: { annotations } });
  }

  async patchServiceStatus(name: string, status: ServiceStatus): Promise<void> {
    await this.kube.mergePatch(`${pathOf(serviceObject(name))}/status`, { status });
  }

  async removeService(name: string): Promise<void> {
    await this.remove(serviceObject(name));
    for (const slice of await this.slices()) {
      if (slice.metadata.labels?.["kubernetes.io/service-name"] !== name) continue;
      const path = `${slicesPath}/${slice.metadata.name}`;
      // A genuine garbage collector may be first.
      const { code } = await this.kube.request("DELETE", path);
      if (code !== 200 && code !== 404) throw new Error(`DELETE ${path}: ${code}`);
    }
  }

  async removeServices(): Promise<void> {
    for (const service of await this.services()) {
      const isOurs = (service.spec as { type?: string }).type === "LoadBalancer";
      if (isOurs) await this.removeService(service.metadata.name);
    }
    await eventually(
      "ServiceL2Status objects to go",
      async () => (await this.list("servicel2statuses")).length === 0,
    );
  }

  async addresses(name: string): Promise<readonly string[]> {
    const { loadBalancer } = (await this.service(name)).status as ServiceStatus;
    return (loadBalancer?.ingress ?? []).flatMap((entry) => entry.ip ?? []);
  }

  untilAddresses(name: string, count: number): Promise<readonly string[]> {
    return eventually(`${count} addresses for ${name}`, async () => {
      const addresses = await this.addresses(name);
      return addresses.length === count && addresses;
    });
  }

  async condition(name: string, type: string): Promise<ServiceCondition | undefined> {
    return ((await this.service(name)).status as ServiceStatus).conditions?.find(
      (found) => found.type === type,
    );
  }

  untilCondition(name: string, type: string, status: ServiceCondition["status"]): Promise<ServiceCondition> {
    return eventually(`condition ${type}=${status} on ${name}`, async () => {
      const condition = await this.condition(name, type);
      return condition?.status === status && condition;
    });
  }

  /** The node named by the Service's ServiceL2Status, once there is exactly one. */
  untilAnnouncer(name: string): Promise<string> {
    return eventually(`one ServiceL2Status of ${name}`, async () => {
      const statuses = (await this.list("servicel2statuses")).map(
        (object) => object.status as { node?: string; serviceName?: string } | undefined,
      );
      const own = statuses.filter((status) => status?.serviceName === name);
      return own.length === 1 && own[0]?.node;
    });
  }

  events(service: string): Promise<readonly KubeEvent[]> {
    return this.eventsOn("Service", service);
  }

  async eventsOn(kind: string, name: string): Promise<readonly KubeEvent[]> {
    const events = await this.kube.list<KubeEvent>("/api/v1/events");
    return events.filter((event) => event.involvedObject.kind === kind && event.involvedObject.name === name);
  }

  /** Creation times have whole seconds: waits until an object made now is younger than any made before. */
  async untilNextSecond(): Promise<void> {
    const stamp = async (): Promise<string | undefined> =>
      (await this.kube.create("/api/v1/namespaces/default/configmaps?dryRun=All", configMap())).metadata
        .creationTimestamp;
    const before = await stamp();
    await eventually("the next second", async () => (await stamp()) !== before);
  }

  /** Every write of the two programs that the API server has answered. */
  async writes(): Promise<readonly AuditRecord[]> {
    return (await this.api.audit.writes()).filter(
      (write) => write.userAgent.startsWith("steelyard") && write.userAgent !== "steelyard-suite",
    );
  }

  // --- the wire

  /** A page through a Service's address from a client, once the data path and the announcement stand. */
  reach(url: string, from: NetworkNamespace = this.network.client): Promise<string> {
    return eventually(`an answer from ${url}`, async () => {
      if (this.dataPath === "own") await this.programDataPath();
      const result = await from.attempt("curl", ["-sS", "--max-time", "1", url]);
      return result.status === 0 && result.stdout.trim();
    });
  }

  /** Opens a new connection to an address every few milliseconds, from when it is served. */
  async visit(
    address: string,
    { from = this.network.client, ...options }: VisitorOptions & { from?: NetworkNamespace } = {},
  ): Promise<Visitor> {
    const host = address.includes(":") ? `[${address}]` : address;
    await this.reach(`http://${host}:${options.port ?? 80}/`, from);
    return Visitor.start(from, address, options);
  }

  /** The node that answers for an address, once it is exactly one other than `not`. */
  soleOwner(address: string, { not, on = "eth0" }: { not?: string; on?: string } = {}): Promise<ClusterNode> {
    return eventually(`one owner of ${address}${not === undefined ? "" : ` other than ${not}`}`, async () => {
      const claims = await whoHas(this.network.client, on, address, { forMillis: 250 });
      const macs = new Set(claims.map(({ mac }) => mac));
      const owner = macs.size === 1 ? this.network.nodeWithMac([...macs][0]) : undefined;
      return owner !== undefined && owner.name !== not && owner;
    });
  }

  /** Returns when a quarter of a second passed in which nobody answered for the address. */
  untilSilent(address: string): Promise<boolean> {
    return eventually(
      `silence about ${address}`,
      async () => (await whoHas(this.network.client, "eth0", address, { forMillis: 250 })).length === 0,
    );
  }

  // --- inside

  /** A Service is its user's: every suite ends by looking whether the programs wrote more of one than the status. */
  private async trespasses(): Promise<readonly string[]> {
    const written = (await this.writes()).filter(({ resource }) => resource === "services");
    return written
      .filter(({ subresource }) => subresource !== "status")
      .map(({ userAgent, verb, name }) => `${userAgent}: ${verb} ${name}`);
  }

  private async furnish(): Promise<void> {
    await this.kube.create("/api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: systemNamespace },
    });
    for (const node of this.network.nodes) await this.addNode(node.number);
    for (const node of this.speakers) await this.ring?.enlist(node);
    if (this.dataPath === "kube-proxy") {
      for (const node of this.network.nodes) this.proxies.push(KubeProxy.start(node, this.kubeconfigPath));
    }
  }

  private commonFlags(probePort: number): readonly string[] {
    const where = this.access.by === "kubeconfig" ? ["--kubeconfig", this.kubeconfigPath] : [];
    return [
      ...where,
      "--namespace",
      systemNamespace,
      "--port",
      "0",
      "--health-probe-port",
      String(probePort),
    ];
  }

  private operatorCommand(args: readonly string[]): [string, ...string[]] {
    if (this.startedFrom === "built") return [process.execPath, builtProgram("operator.mjs"), ...args];
    return new Image("operator").command({ args, security: controllerSecurity, mounts: this.podMounts() });
  }

  private agentCommand(args: readonly string[]): [string, ...string[]] {
    if (this.startedFrom === "built") {
      const [prefix, ...rest] = agentPrivileges(this.agentCapabilities);
      return [prefix, ...rest, process.execPath, builtProgram("speaker-agent.mjs"), ...args];
    }
    return new Image("speaker-agent").command({ args, security: speakerSecurity, mounts: this.podMounts() });
  }

  /** Kubeconfig and the ring's key where the flags of built programs name them, credentials where a kubelet mounts them. */
  private podMounts(): readonly PodMount[] {
    const folder = dirname(this.kubeconfigPath);
    const own = { from: folder, to: folder, readOnly: true };
    if (this.access.by === "kubeconfig") return [own];
    const credentials = { from: serviceAccountFolder, to: `/var${serviceAccountFolder}`, readOnly: true };
    return [own, credentials];
  }

  /** Nothing of the developer's own environment, such as a KUBECONFIG, reaches a program under test. */
  private programEnvironment(): NodeJS.ProcessEnv {
    return {
      PATH: process.env["PATH"],
      ...(this.access.by === "service-account" ? this.access.variables : {}),
    };
  }

  private services(): Promise<readonly ClusterObject[]> {
    return this.kube.list("/api/v1/namespaces/default/services");
  }

  private slices(): Promise<readonly ClusterObject[]> {
    return this.kube.list(slicesPath);
  }

  private async programDataPath(): Promise<void> {
    const [services, slices] = [await this.services(), await this.slices()];
    await Promise.all(
      this.network.nodes.map(({ host, name }) =>
        programServiceRoutes(host, serviceRoutes(services, slices, name)),
      ),
    );
  }
}

const excludeLabel = "node.kubernetes.io/exclude-from-external-load-balancers";

function configMap(): ClusterObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "clock", namespace: "default" } };
}

const slicesPath = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";

type ProgramAccess =
  { readonly by: "kubeconfig" } | { readonly by: "service-account"; readonly variables: NodeJS.ProcessEnv };

const serviceAccountToken = "a-token-of-the-suite";

async function startApi(options: LabOptions, host: string): Promise<ApiServer> {
  const crds = options.definitions === "metallb" ? { crds: metallbCrds() } : {};
  if (options.api === "genuine") {
    const none = options.definitions === "none" ? ({ crds: "none" } as const) : {};
    return startKubeApiServer({ host, ...crds, ...none, controllers: options.controllers === true });
  }
  if (options.access !== "service-account") return startApiServer({ host, ...crds });
  return startApiServer({ host, ...crds, token: serviceAccountToken, tls: true });
}

function programAccess({ access }: LabOptions, api: ApiServer): ProgramAccess {
  if (access !== "service-account") return { by: "kubeconfig" };
  const variables = mountServiceAccount(new URL(api.url), api.token ?? "", api.certificateAuthority ?? "");
  return { by: "service-account", variables };
}

/** Copies a kubeconfig to where every user may read it; it opens nothing but this sandbox's API server. */
function publishKubeconfig(original: string): string {
  const folder = mkdtempSync(join(tmpdir(), "steelyard-lab-"));
  chmodSync(folder, 0o755);
  const published = join(folder, "kubeconfig");
  copyFileSync(original, published);
  chmodSync(published, 0o644);
  return published;
}
