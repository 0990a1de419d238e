import type { Cluster, Context, User } from "@kubernetes/client-node";
import { kubeconfigError, type KubeconfigContent } from "./kubeconfig-files.ts";

/** The three entries that the current context names. */
export interface KubeconfigSelection {
  readonly context: Context;
  readonly cluster: Cluster;
  readonly server: URL;
  readonly user: User;
}

/** Follows the current context; every error names the field that leads nowhere. `file` is for the messages. */
export function selectFromKubeconfig(content: KubeconfigContent, file: string): KubeconfigSelection {
  const name = content.currentContext;
  if (name === undefined) throw kubeconfigError(file, "current-context is not set");
  const context = lookUp(content.contexts, name, "current-context", file);
  const field = `contexts["${name}"].context`;
  const cluster = lookUp(content.clusters, context.cluster, `${field}.cluster`, file);
  const server = parseServer(cluster, file);
  checkPem(cluster.caData, `clusters["${cluster.name}"].cluster.certificate-authority-data`, file);
  const user = selectUser(content, context, file);
  checkPem(user.certData, `users["${user.name}"].user.client-certificate-data`, file);
  checkPem(user.keyData, `users["${user.name}"].user.client-key-data`, file);
  return { context, cluster, server, user };
}

function selectUser(content: KubeconfigContent, context: Context, file: string): User {
  // Typed as always there, but a context without a user is legal: such a client is anonymous.
  const name = context.user as string | undefined;
  if (name === undefined) return { name: "anonymous" };
  return lookUp(content.users, name, `contexts["${context.name}"].context.user`, file);
}

function lookUp<T extends { readonly name: string }>(
  entries: readonly T[],
  name: string,
  field: string,
  file: string,
): T {
  const found = entries.find((entry) => entry.name === name);
  if (found !== undefined) return found;
  const known = entries.map((entry) => `"${entry.name}"`).join(", ");
  throw kubeconfigError(file, `${field} names "${name}", which is not defined (defined: ${known || "none"})`);
}

function parseServer(cluster: Cluster, file: string): URL {
  const field = `clusters["${cluster.name}"].cluster.server`;
  if (!URL.canParse(cluster.server)) throw kubeconfigError(file, `${field} "${cluster.server}" is not a URL`);
  const server = new URL(cluster.server);
  if (server.protocol === "https:" || server.protocol === "http:") return server;
  throw kubeconfigError(file, `${field} "${cluster.server}" must start with https:// or http://`);
}

function checkPem(data: string | undefined, field: string, file: string): void {
  if (data === undefined || data === null) return;
  if (!Buffer.from(data, "base64").includes("-----BEGIN "))
    throw kubeconfigError(file, `${field} is not base64 of a PEM text`);
}
