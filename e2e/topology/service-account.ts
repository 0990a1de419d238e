import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command } from "./command.ts";
import { systemNamespace } from "./objects.ts";

/** Where a kubelet mounts a pod's credentials. In the sandbox /run is a private file system, so this is ours alone. */
const mountPoint = "/run/secrets/kubernetes.io/serviceaccount";

export interface ServerCertificate {
  readonly key: string;
  readonly certificate: string;
}

/** A self-signed certificate for a server at this address, good for two days. */
export async function makeCertificate(address: string): Promise<ServerCertificate> {
  const folder = mkdtempSync(join(tmpdir(), "steelyard-certificate-"));
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"];
  const names = ["-subj", "/CN=steelyard suite", "-addext", `subjectAltName=IP:${address}`];
  await command("openssl", [
    "req",
    "-x509",
    ...curve,
    "-days",
    "2",
    ...names,
    "-keyout",
    key,
    "-out",
    certificate,
  ]);
  const pair = { key: readFileSync(key, "utf8"), certificate: readFileSync(certificate, "utf8") };
  rmSync(folder, { recursive: true });
  return pair;
}

/** Gives the programs what a pod has: token, CA and namespace in files. Returns the variables the kubelet would set. */
export function mountServiceAccount(
  server: URL,
  token: string,
  certificateAuthority: string,
): NodeJS.ProcessEnv {
  mkdirSync(mountPoint, { recursive: true });
  writeFileSync(join(mountPoint, "token"), token);
  writeFileSync(join(mountPoint, "ca.crt"), certificateAuthority);
  writeFileSync(join(mountPoint, "namespace"), systemNamespace);
  return { KUBERNETES_SERVICE_HOST: server.hostname, KUBERNETES_SERVICE_PORT: server.port };
}
