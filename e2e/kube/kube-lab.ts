import { plan } from "../topology/addressing.ts";
import { command } from "../topology/command.ts";
import { eventually } from "../topology/eventually.ts";
import { type ClusterNode } from "../topology/cluster-node.ts";
import { Lab, type LabOptions } from "../topology/lab.ts";
import { type NetworkNamespace } from "../topology/namespace.ts";
import { type LogLine } from "../topology/program.ts";
import { Helm } from "./helm.ts";
import { PodRunner } from "./pod-runner.ts";

/** The Service `kubernetes` of the API server, as a kubelet tells a container of it. */
const kubernetesService = { KUBERNETES_SERVICE_HOST: "10.96.0.1", KUBERNETES_SERVICE_PORT: "443" } as const;

/** `prometheus.metricsPort` of the chart. */
const metricsPort = 9120;

export const release = "steelyard";

export const genuineStack = {
  nodes: 3,
  api: "genuine",
  controllers: true,
  definitions: "none",
  dataPath: "kube-proxy",
} as const satisfies LabOptions;

/**
 * A cluster of genuine programs, with the chart installed by Helm: API server with RBAC, controller manager, a kube-proxy per
 * node. Of Kubernetes only scheduler and kubelets are stood in for, by the pod runner.
 */
export class KubeLab {
  readonly lab: Lab;
  readonly helm: Helm;
  readonly pods: PodRunner;

  private constructor(lab: Lab) {
    this.lab = lab;
    this.helm = new Helm(lab.kubeconfigPath);
    this.pods = new PodRunner(lab.kube, lab.network.nodes, { PATH: "/usr/bin", ...kubernetesService });
  }

  static async create(): Promise<KubeLab> {
    return KubeLab.upon(await Lab.create(genuineStack));
  }

  /** In a lab made with `genuineStack`, which the caller ends. */
  static async upon(lab: Lab): Promise<KubeLab> {
    const kube = new KubeLab(lab);
    await kube.#untilControllersWork();
    for (const node of lab.network.nodes) await kube.#furnish(node);
    kube.pods.start();
    return kube;
  }

  /** Pods behind Services, one per node named, that every Service with the selector `app: <app>` serves. */
  async createWebPods(app: string, nodes: readonly number[]): Promise<void> {
    for (const number of nodes) {
      const name = `${app}-${plan.nodeName(number)}`;
      const path = `/api/v1/namespaces/default/pods/${name}`;
      await this.lab.kube.create(path, webPod(name, app, number));
      await this.lab.kube.mergePatch(`${path}/status`, { status: webPodStatus(number) });
    }
  }

  async removeWebPod(app: string, number: number): Promise<void> {
    const name = `${app}-${plan.nodeName(number)}`;
    await this.lab.kube.delete(`/api/v1/namespaces/default/pods/${name}`, { gracePeriodSeconds: 0 });
  }

  /** Returns when the Deployment and the DaemonSet have what they want, and nothing of an older revision. */
  async untilRolledOut(withinMillis = 60_000): Promise<void> {
    const apps = "/apis/apps/v1/namespaces/metallb-system";
    await eventually(
      "the Deployment to be rolled out",
      async () =>
        isRolledOut(await this.lab.kube.get<RollingObject>(`${apps}/deployments/${release}-controller`)),
      withinMillis,
    );
    await eventually(
      "the DaemonSet to be rolled out",
      async () =>
        isRolledOut(await this.lab.kube.get<RollingObject>(`${apps}/daemonsets/${release}-speaker`)),
      withinMillis,
    );
  }

  /** The page of metrics of the program on the network of a Pod; for releases that serve it without TLS. */
  metrics(host: NetworkNamespace): Promise<string> {
    return host.run("curl", ["-fsS", "--max-time", "2", `http://127.0.0.1:${metricsPort}/metrics`]);
  }

  /** What operators and agents logged above `info`, and whatever they printed that is no log line. */
  get complaints(): readonly string[] {
    return this.pods
      .programs("servers")
      .flatMap(({ name, lines, noise }) => [
        ...lines.filter(isComplaint).map((line) => `${name}: ${JSON.stringify(line)}`),
        ...noise.map((text) => `${name}: ${text}`),
      ]);
  }

  /** What the API server refused to either program for lack of a right. */
  async refusals(): Promise<readonly string[]> {
    const refused = (await this.lab.api.audit.requests()).filter(
      ({ code, userAgent }) =>
        code === 403 && userAgent.startsWith("steelyard-") && userAgent !== "steelyard-suite",
    );
    return refused.map(
      ({ userAgent, verb, resource, subresource, name }) =>
        `${userAgent}: ${verb} ${resource}${subresource === "" ? "" : `/${subresource}`} ${name}`,
    );
  }

  transcripts(): string {
    return this.pods
      .programs()
      .map((program) => `--- ${program.name}\n${program.transcript()}`)
      .join("\n");
  }

  async end(): Promise<void> {
    await this.endPods();
    await this.lab.end();
  }

  /** Ends what `upon` added to a lab. */
  async endPods(): Promise<void> {
    if (process.env["STEELYARD_TRANSCRIPTS"] === "1") console.log(this.transcripts());
    await this.pods.end();
    this.helm.delete();
    const { failures } = this.pods;
    if (failures.length > 0)
      throw new AggregateError(failures, `the pod runner failed: ${failures.join("; ")}`);
  }

  async #untilControllersWork(): Promise<void> {
    for (const path of ["serviceaccounts/default", "configmaps/kube-root-ca.crt"])
      await this.lab.kube.until(`/api/v1/namespaces/default/${path}`, (object) => object !== undefined, {
        timeoutMillis: 60_000,
      });
  }

  /** What a node has that is no suite's subject: its labels, no taint, and routes as any network gives them. */
  async #furnish({ number, name, host }: ClusterNode): Promise<void> {
    await this.lab.kube.mergePatch(`/api/v1/nodes/${name}`, {
      metadata: { labels: { "kubernetes.io/os": "linux" } },
      spec: { taints: null },
    });
    await host.ip("route", "add", "default", "via", plan.lan.gateway4);
    await command("ip", ["route", "add", plan.podNetwork4(number), "via", plan.nodeAddress4(number)]);
    await command("ip", ["route", "add", plan.podNetwork6(number), "via", plan.nodeAddress6(number)]);
  }
}

function isComplaint({ level }: LogLine): boolean {
  return level === "warn" || level === "error";
}

function isRolledOut({ metadata, status = {}, spec = {} }: RollingObject): boolean {
  if (status["observedGeneration"] !== metadata.generation) return false;
  const wanted = (spec["replicas"] ?? status["desiredNumberScheduled"]) as number;
  const [updated, ready, all] =
    "replicas" in spec
      ? [status["updatedReplicas"], status["readyReplicas"], status["replicas"]]
      : [status["updatedNumberScheduled"], status["numberReady"], status["currentNumberScheduled"]];
  return wanted > 0 && updated === wanted && ready === wanted && all === wanted;
}

interface RollingObject {
  readonly metadata: { readonly generation?: number };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

function webPod(name: string, app: string, number: number): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", labels: { app } },
    spec: {
      nodeName: plan.nodeName(number),
      automountServiceAccountToken: false,
      containers: [{ name: "web", image: "example.com/web" }],
    },
  };
}

/** Its server answers already: it is that of the node's pod namespace. */
function webPodStatus(number: number): Readonly<Record<string, unknown>> {
  return {
    phase: "Running",
    podIP: plan.podAddress4(number),
    podIPs: [{ ip: plan.podAddress4(number) }, { ip: plan.podAddress6(number) }],
    hostIP: plan.nodeAddress4(number),
    conditions: [
      { type: "Ready", status: "True" },
      { type: "ContainersReady", status: "True" },
    ],
  };
}
