import { generateKeyPairSync, randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ApiServer } from "../api-server.ts";
import { ClusterClient } from "../client.ts";
import { systemClock } from "../clock.ts";
import { type FaultControl } from "../faults/fault-injector.ts";
import { type JsonObject, stringAt } from "../json.ts";
import { kubeconfigText } from "../kubeconfig.ts";
import { repositoryCrds } from "../repository.ts";
import { readCrdFiles } from "../schema/crd-files.ts";
import { AuditFile, auditPolicy } from "./audit-file.ts";
import { findKubeBinary, whyNoKubeBinaries } from "./binaries.ts";
import { freePorts } from "./free-port.ts";
import { startControllerManager } from "./controller-manager.ts";
import { KubeProcess } from "./process.ts";

export interface KubeApiServerOptions {
  /** Folder with the CustomResourceDefinitions to install, `none` for none; the repository's `crds` when left out. */
  readonly crds?: string;
  /**
   * With the genuine kube-controller-manager, and ServiceAccounts admitted and mounted as on a cluster. Nodes are whatever the
   * suite says they are: no controller looks for a kubelet's heartbeat.
   */
  readonly controllers?: boolean;
  /** Address to listen on and to be reached under; `127.0.0.1` when left out. */
  readonly host?: string;
  readonly serviceRanges?: readonly string[];
}

/** Why startKubeApiServer cannot work here, as a reason to skip; undefined when it can. */
export function whyNoKubeApiServer(): string | undefined {
  return whyNoKubeBinaries(["etcd", "kube-apiserver"]);
}

const startMillis = 60_000;

/** The genuine kube-apiserver can be mistreated as a process. */
export interface KubeApiServer extends ApiServer {
  /** SIGSTOP: connections stay and nothing is answered, as when a machine hangs. */
  freeze(): void;
  /** SIGCONT. */
  thaw(): void;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data; resolves when it is ready. */
  restart(): Promise<void>;
}

/** Starts the genuine etcd and kube-apiserver in a private folder, with the CRDs installed. */
export async function startKubeApiServer(options: KubeApiServerOptions = {}): Promise<KubeApiServer> {
  const missing = whyNoKubeApiServer();
  if (missing !== undefined) throw new Error(missing);
  const folder = await mkdtemp(join(tmpdir(), "steelyard-kube-"));
  const processes: KubeProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const process of [...processes].reverse()) await process.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const server = await start(folder, options, processes);
    return { ...server, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  folder: string,
  {
    host: address = "127.0.0.1",
    serviceRanges = ["10.96.0.0/16", "fd96::/112"],
    crds = repositoryCrds(),
    controllers = false,
  }: KubeApiServerOptions,
  processes: KubeProcess[],
): Promise<Omit<KubeApiServer, "stop">> {
  const token = randomUUID();
  const etcdUrl = await startEtcd(folder, processes);
  const [port = 0] = await freePorts(1, address);
  await writeCredentials(folder, token);
  const args = apiServerArguments({ folder, etcdUrl, address, port, serviceRanges, controllers });
  const launch = (): KubeProcess => {
    const binary = findKubeBinary("kube-apiserver") ?? "";
    const process = new KubeProcess("kube-apiserver", binary, args, join(folder, "kube-apiserver.log"));
    processes.push(process);
    return process;
  };
  const first = launch();
  const url = `https://${address}:${port}`;
  const certificateAuthority = await untilCertificate(join(folder, "certificates", "apiserver.crt"), first);
  const access = { url, token, certificateAuthority };
  const client = new ClusterClient(access);
  await untilReady(client, first);
  if (crds !== "none") await installCrds(client, await readCrdFiles(crds));
  const kubeconfigPath = join(folder, "kubeconfig");
  await writeFile(kubeconfigPath, kubeconfigText(access), { mode: 0o600 });
  if (controllers) processes.push(startControllerManager(folder, kubeconfigPath));
  const audit = new AuditFile(join(folder, "audit.log"));
  return { ...access, kubeconfigPath, faults: noFaults, audit, ...mistreatment(first, launch, client) };
}

function mistreatment(
  first: KubeProcess,
  launch: () => KubeProcess,
  client: ClusterClient,
): Pick<KubeApiServer, "freeze" | "thaw" | "kill" | "restart"> {
  let process = first;
  return {
    freeze: () => process.signal("SIGSTOP"),
    thaw: () => process.signal("SIGCONT"),
    kill: () => process.kill(),
    restart: async () => {
      process = launch();
      await untilReady(client, process);
    },
  };
}

/** etcd stays on loopback whatever address the API server has. */
async function startEtcd(folder: string, processes: KubeProcess[]): Promise<string> {
  const [client = 0, peer = 0] = await freePorts(2, "127.0.0.1");
  const clientUrl = `http://127.0.0.1:${client}`;
  const peerUrl = `http://127.0.0.1:${peer}`;
  const args = [
    `--data-dir=${join(folder, "etcd")}`,
    `--listen-client-urls=${clientUrl}`,
    `--advertise-client-urls=${clientUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
    "--unsafe-no-fsync",
  ];
  processes.push(new KubeProcess("etcd", findKubeBinary("etcd") ?? "", args, join(folder, "etcd.log")));
  return clientUrl;
}

async function writeCredentials(folder: string, token: string): Promise<void> {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  await writeFile(join(folder, "sa.key"), privateKey.export({ type: "pkcs1", format: "pem" }), {
    mode: 0o600,
  });
  await writeFile(join(folder, "tokens.csv"), `${token},suite,suite,"system:masters"\n`, { mode: 0o600 });
  await writeFile(join(folder, "audit-policy.yaml"), auditPolicy);
}

interface ApiServerArguments {
  readonly folder: string;
  readonly etcdUrl: string;
  readonly address: string;
  readonly port: number;
  readonly serviceRanges: readonly string[];
  readonly controllers: boolean;
}

function apiServerArguments({
  folder,
  etcdUrl,
  address,
  port,
  serviceRanges,
  controllers,
}: ApiServerArguments): readonly string[] {
  return [
    `--etcd-servers=${etcdUrl}`,
    `--service-cluster-ip-range=${serviceRanges.join(",")}`,
    `--service-account-key-file=${join(folder, "sa.key")}`,
    `--service-account-signing-key-file=${join(folder, "sa.key")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--token-auth-file=${join(folder, "tokens.csv")}`,
    "--authorization-mode=RBAC",
    `--cert-dir=${join(folder, "certificates")}`,
    `--bind-address=${address}`,
    `--advertise-address=${address}`,
    `--secure-port=${port}`,
    "--allow-privileged",
    // It refuses Pods whose ServiceAccount no controller has made.
    ...(controllers ? [] : ["--disable-admission-plugins=ServiceAccount"]),
    `--audit-log-path=${join(folder, "audit.log")}`,
    `--audit-policy-file=${join(folder, "audit-policy.yaml")}`,
    "--audit-log-mode=blocking",
    // It would go on in a new file after 100 MB, and readers would lose what was in the old one.
    "--audit-log-maxsize=4000",
  ];
}

/** The server signs its own certificate at its first start: the same file is what clients trust. */
async function untilCertificate(file: string, process: KubeProcess): Promise<string> {
  const read = (): Promise<string | undefined> => readFile(file, "utf8").catch(() => undefined);
  return until(async () => {
    const text = await read();
    return text?.includes("-----END CERTIFICATE-----") === true ? text : undefined;
  }, process);
}

async function untilReady(client: ClusterClient, process: KubeProcess): Promise<void> {
  await until(async () => {
    const reply = await client.request("GET", "/readyz").catch(() => undefined);
    const account = reply?.code === 200 ? await client.find("/api/v1/namespaces/default") : undefined;
    return account === undefined ? undefined : true;
  }, process);
}

/** Asks again and again until there is a value; throws when the process ends or the time is over. */
async function until<T>(ask: () => Promise<T | undefined>, process: KubeProcess): Promise<T> {
  const deadline = systemClock.now() + startMillis;
  for (;;) {
    const value = await ask();
    if (value !== undefined) return value;
    if (process.hasEnded) throw new Error(`ended before it was ready: ${await process.complaint()}`);
    if (systemClock.now() > deadline)
      throw new Error(`not ready after ${startMillis} ms: ${await process.complaint()}`);
    await pause(50);
  }
}

/** A server that starts gives no sign: it must be asked, with a breath in between. */
function pause(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis));
}

async function installCrds(client: ClusterClient, crds: readonly JsonObject[]): Promise<void> {
  const collection = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  for (const crd of crds) await client.create(collection, crd);
  for (const crd of crds) {
    await client.until<JsonObject>(`${collection}/${stringAt(crd, "metadata", "name") ?? ""}`, isEstablished);
  }
}

function isEstablished(crd: JsonObject | undefined): boolean {
  const conditions = (
    crd?.["status"] as { readonly conditions?: readonly { type: string; status: string }[] } | undefined
  )?.conditions;
  return conditions?.some(({ type, status }) => type === "Established" && status === "True") === true;
}

function cannotFail(): never {
  throw new Error("nothing can be made to fail on purpose on the genuine kube-apiserver");
}

const noFaults: FaultControl = {
  inject: cannotFail,
  interruptWatches: cannotFail,
  compactHistory: cannotFail,
  clear: () => undefined,
  metCount: 0,
  openWatches: 0,
};
