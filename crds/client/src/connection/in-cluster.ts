import { readFile } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { join } from "node:path";
import { KubeError } from "../errors.ts";
import { whyNotRead } from "../thrown.ts";
import { AccessCache, type AccessCacheDeps } from "./access-cache.ts";
import { channelOf } from "./channel.ts";
import { type Access, type ClusterConnection } from "./types.ts";

export const serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

export interface InClusterOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where the kubelet mounts `token`, `ca.crt` and `namespace`. */
  readonly folder: string;
}

/** Whether the kubelet has told us of an API server: only then is this process a pod. */
export function isInCluster(options: InClusterOptions): boolean {
  return (options.environment["KUBERNETES_SERVICE_HOST"] ?? "") !== "";
}

/** Connects as the pod's service account. Errors: `configuration` for an unusable environment or mount. */
export async function inClusterConnection(
  options: InClusterOptions,
  deps: AccessCacheDeps,
): Promise<ClusterConnection> {
  const cache = new AccessCache(() => readAccess(options.folder), deps);
  const server = serverUrl(options);
  await cache.get();
  const namespace = await readNamespace(options.folder);
  return {
    server,
    origin: "in-cluster service account",
    ...(namespace === undefined ? {} : { namespace }),
    access: () => cache.get(),
    forgetAccess: () => cache.forget(),
  };
}

function serverUrl({ environment }: InClusterOptions): URL {
  const host = environment["KUBERNETES_SERVICE_HOST"] ?? "";
  const port = environment["KUBERNETES_SERVICE_PORT"] ?? "443";
  const url = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  if (/^\d+$/.test(port) && URL.canParse(url)) return new URL(url);
  throw new KubeError({
    code: "configuration",
    message: `environment: KUBERNETES_SERVICE_HOST "${host}" and KUBERNETES_SERVICE_PORT "${port}" give no address`,
  });
}

async function readAccess(folder: string): Promise<Access> {
  const token = (await readMounted(join(folder, "token"))).trim();
  if (token === "") throw unusable(join(folder, "token"), "the file is empty");
  const ca = await readMounted(join(folder, "ca.crt"));
  if (!ca.includes("-----BEGIN CERTIFICATE-----"))
    throw unusable(join(folder, "ca.crt"), "no PEM certificate in it");
  return { headers: { authorization: `Bearer ${token}` }, channel: channelOf({ ca }) };
}

async function readMounted(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (thrown) {
    throw unusable(file, whyNotRead(thrown), thrown);
  }
}

/** The namespace is a convenience: a pod without that file works, and flags say the namespace anyway. */
async function readNamespace(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, "namespace"), "utf8").catch(() => "");
  return text.trim() === "" ? undefined : text.trim();
}

function unusable(file: string, why: string, cause?: unknown): KubeError {
  return new KubeError({ code: "configuration", message: `service account file ${file}: ${why}`, cause });
}
