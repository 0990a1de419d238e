import type { Agent } from "node:http";
import type { RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { KubeError } from "../errors.ts";
import { messageOf } from "../thrown.ts";
import { AccessCache, type AccessCacheDeps } from "./access-cache.ts";
import { channelOf } from "./channel.ts";
import { readKubeconfigFiles } from "./kubeconfig-files.ts";
import { selectFromKubeconfig, type KubeconfigSelection } from "./kubeconfig-selection.ts";
import { type Access, type ClusterConnection, type TlsMaterial } from "./types.ts";

/**
 * Connects by kubeconfig files. client-node does the logins (plugins, OIDC, client certificates) and dials through
 * proxies; it is loaded only here, because importing it costs some 60 MB (reference operator.md, section 2).
 *
 * Errors: KubeError `configuration`, whose message names the file and the field.
 */
export async function kubeconfigConnection(
  options: { readonly files: readonly string[] },
  deps: AccessCacheDeps,
): Promise<ClusterConnection> {
  const { KubeConfig: Loader } = await import("./kubeconfig-loader.ts");
  const file = options.files.join(", ");
  const selection = selectFromKubeconfig(await readKubeconfigFiles(options.files, Loader), file);
  const config = new Loader();
  config.loadFromClusterAndUser(dialable(selection), selection.user);
  const cache = new AccessCache(() => readAccess(config, selection, file), deps);
  await cache.get();
  const { context, server } = selection;
  return {
    server,
    origin: `kubeconfig ${file} (context ${context.name})`,
    ...(context.namespace === undefined ? {} : { namespace: context.namespace }),
    access: () => cache.get(),
    forgetAccess: () => cache.forget(),
  };
}

/** client-node refuses plain http unless told not to verify a certificate that does not exist; kubectl allows it. */
function dialable({ cluster, server }: KubeconfigSelection): KubeconfigSelection["cluster"] {
  return server.protocol === "http:" ? { ...cluster, skipTLSVerify: true } : cluster;
}

async function readAccess(config: KubeConfig, selection: KubeconfigSelection, file: string): Promise<Access> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (thrown) {
    const why = messageOf(thrown).trim();
    const message = `kubeconfig ${file}: login as user "${selection.user.name}" to cluster "${selection.cluster.name}": ${why}`;
    throw new KubeError({ code: "configuration", message, cause: thrown });
  }
  return {
    headers: headersOf(options),
    channel: channelOf(tlsOf(options), proxyAgentOf(selection, options)),
  };
}

function headersOf(options: RequestOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {}))
    if (typeof value === "string") headers[name.toLowerCase()] = value;
  if (typeof options.auth === "string")
    headers["authorization"] = `Basic ${Buffer.from(options.auth).toString("base64")}`;
  return headers;
}

function tlsOf(options: RequestOptions): TlsMaterial {
  const tls: { -readonly [Key in keyof TlsMaterial]: TlsMaterial[Key] } = {};
  if (isPem(options.ca)) tls.ca = options.ca;
  if (isPem(options.cert)) tls.cert = options.cert;
  if (isPem(options.key)) tls.key = options.key;
  if (options.servername !== undefined) tls.servername = options.servername;
  if (options.rejectUnauthorized !== undefined) tls.rejectUnauthorized = options.rejectUnauthorized;
  return tls;
}

function isPem(value: unknown): value is string | Buffer {
  return typeof value === "string" || Buffer.isBuffer(value);
}

/** Only for proxies we dial with client-node's agent; directly, our own keeps connections alive and limits them. */
function proxyAgentOf({ cluster }: KubeconfigSelection, options: RequestOptions): Agent | undefined {
  if (cluster.proxyUrl === undefined || typeof options.agent !== "object") return undefined;
  // client-node gives no way to ask for it, and without it every request would be a new TLS handshake.
  return Object.assign(options.agent, { keepAlive: true });
}
