import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { type ApiServer, type AuditRecord, ClusterClient, type ClusterObject } from "../../cluster/index.ts";
import { freePorts } from "../../cluster/kube/free-port.ts";
import { builtProgram } from "../../topology/dist.ts";
import { l2AdvertisementObject, poolObject, serviceObject, systemNamespace } from "../../topology/objects.ts";
import { pathOf } from "../../topology/resource-paths.ts";
import { enterSandbox } from "../../topology/sandbox.ts";
import { mountServiceAccount } from "../../topology/service-account.ts";
import { spawnHere } from "../../topology/spawn-here.ts";
import { BenchOperator } from "./bench-operator.ts";

/** How many Services are created at the same time; only the wait for the bench's start depends on it. */
const creators = 16;
const services = "/api/v1/namespaces/default/services";

/** An API server with a pool and an advertisement, and operators that reach it as pods do. No network, no agents. */
export class OperatorCluster<Server extends ApiServer = ApiServer> {
  readonly api: Server;
  /** Keeps its connections, so that it costs the machine as little as possible. */
  readonly client: ClusterClient;
  readonly #access: NodeJS.ProcessEnv;
  readonly #operators = new Set<BenchOperator>();

  private constructor(api: Server) {
    this.api = api;
    this.client = new ClusterClient(api, { keepAlive: true });
    this.#access = mountServiceAccount(new URL(api.url), api.token ?? "", api.certificateAuthority ?? "");
  }

  static async create<Server extends ApiServer>(
    start: () => Promise<Server>,
  ): Promise<OperatorCluster<Server>> {
    await enterSandbox();
    const cluster = new OperatorCluster(await start());
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: systemNamespace } };
    await cluster.client.create("/api/v1/namespaces", namespace);
    // Two /16: more than any part of the bench needs.
    const pool = poolObject("bench", ["172.20.0.0/15"]);
    const advertisement = l2AdvertisementObject("bench", { ipAddressPools: ["bench"] });
    for (const object of [pool, advertisement]) await cluster.client.create(pathOf(object), object);
    return cluster;
  }

  async end(): Promise<void> {
    for (const operator of this.#operators) await operator.stop();
    this.client.close();
    await this.api.stop();
  }

  /** What the operators printed last, for the message of a failure. */
  transcripts(): string {
    return [...this.#operators].map(({ program }) => program.transcript()).join("\n");
  }

  async startOperator(): Promise<BenchOperator> {
    const [probePort = 0] = await freePorts(1, "127.0.0.1");
    const flags = ["--namespace", systemNamespace, "--port", "0", "--health-probe-port", String(probePort)];
    const profiled = process.env["STEELYARD_PROFILES"];
    const node = profiled === undefined ? [] : ["--cpu-prof", "--cpu-prof-dir", profiled];
    const args = [...node, builtProgram("operator.mjs"), ...flags];
    const environment = { PATH: process.env["PATH"], ...this.#access };
    const operator = new BenchOperator(spawnHere("operator", process.execPath, args, environment), probePort);
    this.#operators.add(operator);
    return operator;
  }

  /** Runs the raw client to its end. */
  async runRaw(mode: "write" | "rewrite" | "clear", template: object = {}): Promise<RawResult> {
    const args = [builtProgram("raw-patches.mjs"), "--namespace", "default", "--mode", mode];
    const child = spawn(process.execPath, args, {
      stdio: ["pipe", "pipe", "inherit"],
      env: { PATH: process.env["PATH"], ...this.#access },
    });
    child.stdin.end(JSON.stringify(template));
    const [printed] = await Promise.all([text(child.stdout), once(child, "exit")]);
    if (child.exitCode !== 0) throw new Error(`the raw client ended with ${child.exitCode}`);
    return JSON.parse(printed) as RawResult;
  }

  /** Makes sure that there are the Services s0 … s(count-1); those that are there stay as they are. */
  async createServices(count: number): Promise<void> {
    const present = new Set((await this.services()).map(({ metadata }) => metadata.name));
    const missing = Array.from({ length: count }, (_, index) => `s${index}`).filter(
      (name) => !present.has(name),
    );
    const waiting = missing.values();
    const creator = async (): Promise<void> => {
      for (const name of waiting) await this.createService(name);
    };
    await Promise.all(Array.from({ length: creators }, creator));
  }

  async createService(name: string, spec: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await this.client.create(services, benchService(name, spec));
  }

  deleteService(name: string): Promise<unknown> {
    return this.client.delete(`${services}/${name}`);
  }

  /** All Services of type LoadBalancer. */
  async services(): Promise<readonly ClusterObject[]> {
    const found = await this.client.list(services);
    return found.filter(({ spec }) => spec?.["type"] === "LoadBalancer");
  }

  async service(name: string): Promise<ClusterObject> {
    return this.client.get(`${services}/${name}`);
  }

  /** What the operators asked for since the last reset, Leases left out. */
  async requests(): Promise<readonly AuditRecord[]> {
    const records = await this.api.audit.requests({ userAgent: "steelyard-operator" });
    return records.filter(({ resource }) => resource !== "leases.coordination.k8s.io");
  }
}

export interface RawResult {
  readonly patches: number;
  readonly firstBytes: number;
  readonly processorMillis: number;
}

/** Node ports are few; a load balancer that delivers to cluster addresses needs none. */
export function benchService(name: string, spec: Readonly<Record<string, unknown>> = {}): ClusterObject {
  return serviceObject(name, "IPv4", { allocateLoadBalancerNodePorts: false, ...spec });
}

/** Addresses that a Service's status shows. */
export function addressesOf({ status }: ClusterObject): readonly string[] {
  const { loadBalancer } = (status ?? {}) as {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] };
  };
  return (loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []);
}
