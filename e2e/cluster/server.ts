import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClusterAddresses } from "./admission/cluster-addresses.ts";
import { NodePorts } from "./admission/node-ports.ts";
import { type ApiContext } from "./api/api-context.ts";
import { dispatch } from "./api/dispatch.ts";
import { type ApiServer, type ApiServerOptions } from "./api-server.ts";
import { systemClock } from "./clock.ts";
import { crdResource, startCrdRegistration } from "./controllers/crd-registration.ts";
import { startGarbageCollector } from "./controllers/garbage-collector.ts";
import { startNamespaceLifecycle } from "./controllers/namespace-lifecycle.ts";
import { AuditLog } from "./faults/audit-log.ts";
import { FaultInjector } from "./faults/fault-injector.ts";
import { listen } from "./http/listener.ts";
import { type KeyAndCertificate, selfSignedCertificate } from "./http/self-signed-certificate.ts";
import { type JsonObject } from "./json.ts";
import { kubeconfigText } from "./kubeconfig.ts";
import { coreKinds } from "./resources/kinds/core-kinds.ts";
import { repositoryCrds } from "./repository.ts";
import { ResourceRegistry } from "./resources/registry.ts";
import { readCrdFiles } from "./schema/crd-files.ts";
import { ObjectStore } from "./store/object-store.ts";
import { OpenWatches } from "./watch/open-watches.ts";
import { createObject } from "./write/create.ts";
import { type WriteContext } from "./write/write-context.ts";

export { type ApiServer, type ApiServerOptions };

/** Starts the embedded API server; resolves when it listens. Throws when the CRDs cannot be read or the port is taken. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const { host = "127.0.0.1", port = 0, token, clock = systemClock } = options;
  const tls = options.tls === true ? certificateFor(host, Date.parse(clock.timestamp())) : undefined;
  let address = "";
  const context = buildContext(options, () => address);
  await populate(context, options.crds ?? repositoryCrds());
  const listener = await listen({
    host,
    port,
    ...(tls === undefined ? {} : { tls }),
    authorise: (request) => token === undefined || isAuthorised(request, token),
    handle: (request) => dispatch(context, request),
  });
  address = `${hostInUrl(host)}:${listener.port}`;
  const url = `${tls === undefined ? "http" : "https"}://${address}`;
  const kubeconfig = await writeKubeconfig(
    { url, token, certificateAuthority: tls?.certificate },
    options.kubeconfigPath,
  );
  return {
    url,
    kubeconfigPath: kubeconfig.path,
    token,
    certificateAuthority: tls?.certificate,
    faults: context.faults,
    audit: context.audit,
    stop: async () => {
      await listener.close();
      await kubeconfig.remove();
    },
  };
}

function certificateFor(host: string, nowMillis: number): KeyAndCertificate {
  return selfSignedCertificate([...new Set(["localhost", "127.0.0.1", "::1", host])], nowMillis);
}

/** A client on this machine reaches "all addresses" through loopback. */
function hostInUrl(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}

function isAuthorised(request: IncomingMessage, token: string): boolean {
  return request.headers.authorization === `Bearer ${token}`;
}

const defaultRanges = ["10.96.0.0/16", "fd96::/112"];
const oneMinute = 60_000;

function buildContext(options: ApiServerOptions, address: () => string): ApiContext {
  const { clock = systemClock, historyPerResource = 10_000, serviceRanges = defaultRanges } = options;
  const store = new ObjectStore({ historyPerResource });
  const registry = new ResourceRegistry();
  const watches = new OpenWatches();
  const addresses = new ClusterAddresses(store, serviceRanges);
  for (const kind of coreKinds({ addresses, nodePorts: new NodePorts(store) })) registry.add(kind);
  const context: ApiContext = {
    store,
    registry,
    clock,
    watches,
    faults: new FaultInjector(store, watches),
    audit: new AuditLog(),
    bookmarkMillis: options.bookmarkMillis ?? oneMinute,
    address,
  };
  startCrdRegistration(context);
  startGarbageCollector(context);
  startNamespaceLifecycle(context);
  return context;
}

const firstNamespaces = ["default", "kube-system", "kube-public", "kube-node-lease"];

/** What every cluster holds from its first moment, and the CRDs. */
async function populate(context: WriteContext, crds: string): Promise<void> {
  for (const name of firstNamespaces) {
    create(context, "namespaces", undefined, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
  create(context, "services", "default", kubernetesService);
  for (const crd of await readCrdFiles(crds)) create(context, crdResource, undefined, crd);
}

const kubernetesService: JsonObject = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "kubernetes", labels: { component: "apiserver", provider: "kubernetes" } },
  spec: { ports: [{ name: "https", port: 443, targetPort: 6443 }] },
};

function create(
  context: WriteContext,
  resource: string,
  namespace: string | undefined,
  object: JsonObject,
): void {
  const definition = context.registry.get(resource);
  const version = definition?.versions[0];
  if (definition === undefined || version === undefined) throw new Error(`${resource} is not served`);
  createObject(context, { definition, version, namespace }, object, {
    dryRun: false,
    fieldValidation: "Strict",
    manager: "api-server",
  });
}

async function writeKubeconfig(
  access: Parameters<typeof kubeconfigText>[0],
  wanted: string | undefined,
): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const folder = wanted === undefined ? await mkdtemp(join(tmpdir(), "steelyard-api-")) : undefined;
  const path = wanted ?? join(folder ?? "", `kubeconfig-${randomUUID()}`);
  await writeFile(path, kubeconfigText(access), { mode: 0o600 });
  return { path, remove: () => rm(folder ?? path, { recursive: true, force: true }) };
}
