import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import {
  findOwnPod,
  KubeClient,
  KubeTransport,
  LeaseElector,
  loadConnection,
  systemClock,
  systemRandom,
} from "@steelyard/client";
import {
  createLog,
  formatHelp,
  type HttpServer,
  inertNotices,
  keepHeapSmall,
  type MetricsServing,
  ownNamespace,
  parseFlags,
  readMetricsFlags,
  runProgram,
  startHttpServer,
  startMetricsServer,
} from "@steelyard/client/program";
import { type Examined, healthPages, metricsPages } from "./adapters/http/operator-pages.ts";
import { PrometheusMetrics } from "./adapters/http/prometheus-metrics.ts";
import { FrameworkShell } from "./adapters/kubernetes/framework-shell.ts";
import { KubernetesClusterWriter } from "./adapters/kubernetes/kubernetes-cluster-writer.ts";
import { KubernetesFieldHistory } from "./adapters/kubernetes/kubernetes-field-history.ts";
import { KubernetesMemberlistSecret } from "./adapters/kubernetes/kubernetes-memberlist-secret.ts";
import { KubernetesPodReader } from "./adapters/kubernetes/kubernetes-pod-reader.ts";
import { KubernetesEventSink } from "./adapters/kubernetes/kubernetes-event-sink.ts";
import { LeaseLeadership } from "./adapters/kubernetes/lease-leadership.ts";
import { ReflectedCluster } from "./adapters/kubernetes/reflected-cluster.ts";
import { SoleLeadership } from "./adapters/node/sole-leadership.ts";
import { type Leadership } from "./ports/leadership.ts";
import { type Log } from "./ports/log.ts";
import { inertVariableNotices, type OperatorFlags, operatorFlags } from "./shell/flags.ts";
import { SteelyardOperator } from "./shell/operator.ts";

const time = { clock: systemClock, random: systemRandom };

/** Exit code 2 is for what the caller can put right on the command line. */
const wrongUsage = 2;

const summary = `Steelyard's operator: gives addresses of IPAddressPools to Services of type LoadBalancer.
Takes the place of MetalLB's controller, with its flags and variables.

node operator.mjs plan -f <file> says what an edit of the pools would do to Services, before it is applied.
node operator.mjs check-upgrade says what would change in a cluster of MetalLB's.
node operator.mjs import -f <file> prints the pools of other load balancers as objects of metallb.io.
Each has a page of its own: --help behind it.`;

const leaseName = "steelyard-operator";

async function main(signal: AbortSignal): Promise<number> {
  const [command, ...rest] = process.argv.slice(2);
  if (command !== undefined && !command.startsWith("-")) return runNamed(command, rest, signal);
  keepHeapSmall();
  const flags = parseFlags(operatorFlags, process.argv.slice(2), process.env);
  if (!flags.ok) return refuse(flags.error);
  if (flags.value.help) {
    process.stdout.write(formatHelp({ program: "node operator.mjs", summary, specs: operatorFlags }));
    return 0;
  }
  const namespace = await ownNamespace(flags.value.namespace);
  if (namespace === undefined) {
    return refuse(
      "flag --namespace is needed outside a Pod, or variable METALLB_NAMESPACE: where the pools are",
    );
  }
  const serving = readMetricsFlags(flags.value);
  if (!serving.ok) return refuse(serving.error);
  await run({ ...flags.value, serving: serving.value }, namespace, signal);
  return 0;
}

/** Each command is loaded only when it is called: the operator itself needs none of what they need. */
async function runNamed(command: string, argv: readonly string[], signal: AbortSignal): Promise<number> {
  switch (command) {
    case "plan":
      return (await import("./plan-command.ts")).planCommand(argv, signal);
    case "check-upgrade":
      return (await import("./check-upgrade-command.ts")).checkUpgradeCommand(argv, signal);
    case "await-kinds":
      return (await import("./await-kinds-command.ts")).awaitKindsCommand(argv, signal);
    case "import":
      return (await import("./import-command.ts")).importCommand(argv);
    default: {
      const known = '"plan", "check-upgrade", "await-kinds" and "import"';
      return refuse(
        `unknown command ${JSON.stringify(command)}: there are ${known}; without one the operator runs`,
      );
    }
  }
}

/** The flags, and how the metrics page is served by them. */
type Settings = OperatorFlags & { readonly serving: MetricsServing };

async function run(flags: Settings, namespace: string, signal: AbortSignal): Promise<void> {
  const log = createLog({ level: flags["log-level"], component: "controller" });
  for (const notice of noticesOf(flags)) log.info({}, notice);
  const metrics = new PrometheusMetrics();
  const connection = await loadConnection({ kubeconfig: flags.kubeconfig }, { ...time, log });
  const transport = new KubeTransport(connection, { ...time, userAgent: "steelyard-operator" });
  if (flags["webhook-mode"] === "onlywebhook") return idle(flags, { log, metrics, transport }, signal);
  const operator = buildOperator(flags, namespace, { transport, metrics, log });
  const servers = await startServers(flags, operator, { log, metrics, transport });
  const shell = new FrameworkShell(operator, { log });
  signal.addEventListener("abort", () => shell.stop(), { once: true });
  log.info({ namespace, cluster: connection.origin }, "started");
  await shell.start();
  await shell.ended;
  log.info({}, "stopped");
  transport.close();
  await Promise.all(servers.map((server) => server.close()));
}

function noticesOf(flags: Settings): readonly string[] {
  return [
    ...inertNotices(operatorFlags, flags),
    ...inertVariableNotices(process.env),
    ...flags.serving.notices,
  ];
}

function buildOperator(
  flags: OperatorFlags,
  namespace: string,
  deps: { readonly transport: KubeTransport; readonly metrics: PrometheusMetrics; readonly log: Log },
): SteelyardOperator {
  const { transport, metrics, log } = deps;
  const client = new KubeClient(transport);
  const self = { namespace, podName: flags["pod-name"] };
  const writer = new KubernetesClusterWriter({
    client,
    ownPod: (options) => findOwnPod(client, self, options),
  });
  const writesUnderWay = (): number => writer.underWay;
  const instance = instanceName(flags);
  return new SteelyardOperator(
    { lbClasses: flags["lb-class"], configNamespace: namespace },
    {
      ...time,
      log,
      metrics,
      openCluster: () => {
        const cluster = new ReflectedCluster({ namespace }, { ...time, transport, log });
        metrics.readReflectorsFrom(() => cluster.metrics);
        return cluster;
      },
      writer,
      pods: new KubernetesPodReader({ client }),
      fieldHistory: new KubernetesFieldHistory({ client }),
      memberlistSecret: memberlistSecretOf(flags, namespace, client),
      events: new KubernetesEventSink({ instance }, { ...time, client, log, metrics, writesUnderWay }),
      leadership: flags["leader-elect"]
        ? electedBy({ namespace, instance }, client, log)
        : new SoleLeadership(),
    },
  );
}

function electedBy(
  options: { readonly namespace: string; readonly instance: string },
  client: KubeClient,
  log: Log,
): Leadership {
  const { namespace, instance } = options;
  const elector = new LeaseElector(
    { namespace, name: leaseName, identity: instance },
    { ...time, client, log },
  );
  return new LeaseLeadership({ ...time, elector });
}

/** The key as MetalLB makes it (reference metallb.md, section 4.8). */
function memberlistSecretOf(
  flags: OperatorFlags,
  namespace: string,
  client: KubeClient,
): KubernetesMemberlistSecret | undefined {
  const { "ml-secret-name": name = "", deployment } = flags;
  if (name === "") return undefined;
  const newKey = (): string => randomBytes(16).toString("base64").replaceAll("=", "");
  return new KubernetesMemberlistSecret({ namespace, name, deployment }, { client, newKey });
}

/** A host name is not enough: two operators on one machine would both be the holder of the Lease. */
function instanceName(flags: OperatorFlags): string {
  const podName = flags["pod-name"];
  return podName !== undefined && podName !== ""
    ? podName
    : `${hostname()}_${Math.floor(systemRandom.fraction() * 2 ** 48).toString(36)}`;
}

/** With `--webhook-mode=onlywebhook` somebody else gives the addresses. */
async function idle(flags: Settings, deps: ServerDeps, signal: AbortSignal): Promise<void> {
  deps.log.info(
    {},
    "flag --webhook-mode=onlywebhook: there is no webhook and this program gives no addresses, it idles",
  );
  const health = { ok: true, because: "idle: --webhook-mode=onlywebhook" };
  const servers = await startServers(flags, { liveness: health, readiness: health }, deps);
  if (!signal.aborted) {
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  }
  deps.transport.close();
  await Promise.all(servers.map((server) => server.close()));
}

interface ServerDeps {
  readonly log: Log;
  readonly metrics: PrometheusMetrics;
  readonly transport: KubeTransport;
}

function startServers(
  { serving, "health-probe-port": probePort }: Settings,
  operator: Examined,
  { log, metrics, transport }: ServerDeps,
): Promise<readonly HttpServer[]> {
  const deps = { ...time, log, transport };
  return Promise.all([
    ...(serving.port === 0 ? [] : [startMetricsServer({ serving, routes: metricsPages(metrics) }, deps)]),
    ...(probePort === 0 ? [] : [startHttpServer({ port: probePort, routes: healthPages(operator) })]),
  ]);
}

function refuse(sentence: string): number {
  process.stderr.write(`${sentence}\n`);
  return wrongUsage;
}

runProgram(main);
