import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemNamespace } from "./objects.ts";

/** Where a kubelet mounts a pod's credentials. In the sandbox /run is a private file system, so this is ours alone. */
export const serviceAccountFolder = "/run/secrets/kubernetes.io/serviceaccount";

/** Gives the programs what a pod has: token, CA and namespace in files. Returns the variables the kubelet would set. */
export function mountServiceAccount(
  server: URL,
  token: string,
  certificateAuthority: string,
): NodeJS.ProcessEnv {
  mkdirSync(serviceAccountFolder, { recursive: true });
  writeFileSync(join(serviceAccountFolder, "token"), token);
  writeFileSync(join(serviceAccountFolder, "ca.crt"), certificateAuthority);
  writeFileSync(join(serviceAccountFolder, "namespace"), systemNamespace);
  return { KUBERNETES_SERVICE_HOST: server.hostname, KUBERNETES_SERVICE_PORT: server.port };
}
