import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export type CertificateName =
  "ca" | "other-ca" | "server" | "server.key" | "client-a" | "client-a.key" | "client-b" | "client-b.key";

/** Where a PEM file of the tests lies. */
export function certificateFile(name: CertificateName): string {
  return fileURLToPath(new URL(`./fixtures/${name}.pem`, import.meta.url));
}

export function certificate(name: CertificateName): string {
  return readFileSync(certificateFile(name), "utf8");
}
