import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ApiServer, ClusterClient, startApiServer } from "../../cluster/index.ts";
import { kubeconfigText } from "../../cluster/kubeconfig.ts";
import { ApiLink } from "../../topology/api-link.ts";
import { builtProgram } from "../../topology/dist.ts";
import { eventually } from "../../topology/eventually.ts";
import { poolObject, serviceObject, systemNamespace } from "../../topology/objects.ts";
import { type Program } from "../../topology/program.ts";
import { pathOf } from "../../topology/resource-paths.ts";
import { enterSandbox } from "../../topology/sandbox.ts";
import { spawnHere } from "../../topology/spawn-here.ts";

const leasePath = `/apis/coordination.k8s.io/v1/namespaces/${systemNamespace}/leases/steelyard-operator`;

/** One built operator with a way to the API server of its own. */
export interface Replica {
  readonly name: string;
  readonly program: Program;
  readonly link: ApiLink;
}

/** An embedded API server and the replicas of the operator on it. */
export class OperatorGroup {
  readonly api: ApiServer;
  readonly kube: ClusterClient;
  readonly replicas: Replica[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), "steelyard-operators-"));

  private constructor(api: ApiServer) {
    this.api = api;
    this.kube = new ClusterClient(api);
  }

  static async create(): Promise<OperatorGroup> {
    await enterSandbox();
    const group = new OperatorGroup(await startApiServer());
    const metadata = { name: systemNamespace };
    await group.kube.create("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata });
    const pool = poolObject("lan", ["192.168.7.0/24"]);
    await group.kube.apply(pathOf(pool), pool);
    return group;
  }

  async start(name: string): Promise<Replica> {
    const link = await ApiLink.open(this.api.url);
    const kubeconfig = join(this.#folder, name);
    writeFileSync(
      kubeconfig,
      kubeconfigText({ url: link.url, token: undefined, certificateAuthority: undefined }),
    );
    const flags = [
      "--namespace",
      systemNamespace,
      "--port",
      "0",
      "--health-probe-port",
      "0",
      "--pod-name",
      name,
    ];
    const args = [builtProgram("operator.mjs"), "--kubeconfig", kubeconfig, ...flags];
    const program = spawnHere(name, process.execPath, args, { PATH: process.env["PATH"] });
    const replica = { name, program, link };
    this.replicas.push(replica);
    await program.line(
      (line) => line["msg"] === "leading" || line["msg"] === "standing by, another one leads",
    );
    return replica;
  }

  /** Resolves when this one has adopted what is held; takes the place of a look at its readiness. */
  async untilServing(replica: Replica, since = 0): Promise<void> {
    const adopted = (): number =>
      replica.program.lines.filter((line) => line["msg"] === "every held address is adopted").length;
    await eventually(`${replica.name} to serve`, async () => Promise.resolve(adopted() > since), 40_000);
  }

  async createServices(prefix: string, count: number): Promise<void> {
    for (let index = 0; index < count; index++)
      await this.kube.create("/api/v1/namespaces/default/services", serviceObject(`${prefix}${index}`));
  }

  /** The addresses by name of the Service; empty text for none. */
  async addresses(): Promise<Readonly<Record<string, string>>> {
    const services = await this.kube.list("/api/v1/namespaces/default/services");
    const balanced = services.filter(({ spec }) => spec?.["type"] === "LoadBalancer");
    return Object.fromEntries(
      balanced.map(({ metadata, status }) => {
        const { loadBalancer } = status as { loadBalancer?: { ingress?: readonly { ip: string }[] } };
        return [metadata.name, (loadBalancer?.ingress ?? []).map(({ ip }) => ip).join(",")];
      }),
    );
  }

  untilAllServed(withinMillis?: number): Promise<boolean> {
    const isServed = async (): Promise<boolean> => !Object.values(await this.addresses()).includes("");
    return eventually("an address for every Service", isServed, withinMillis);
  }

  async holder(): Promise<string | undefined> {
    const lease = await this.kube.find(leasePath);
    return (lease?.spec as { holderIdentity?: string } | undefined)?.holderIdentity;
  }

  untilHeldBy(name: string): Promise<boolean> {
    return eventually(`${name} to hold the Lease`, async () => (await this.holder()) === name, 40_000);
  }

  async end(): Promise<void> {
    for (const { program } of this.replicas) program.process.kill("SIGCONT");
    await Promise.all(this.replicas.map(({ program }) => program.stop()));
    await Promise.all(this.replicas.map(({ link }) => link.close()));
    await this.api.stop();
    rmSync(this.#folder, { recursive: true });
  }
}
