import { existsSync } from "node:fs";
import { join } from "node:path";
import { repositoryFolder } from "../repository.ts";

/** The genuine Kubernetes binaries that suites may use. */
export type KubeBinary = "etcd" | "kube-apiserver" | "kube-controller-manager" | "kube-proxy";

/** Folders that may hold them, best first: what the environment names, then what `scripts/build-kube.mjs` made. */
function folders(): readonly string[] {
  const named = process.env["KUBEBUILDER_ASSETS"];
  return [
    ...(named === undefined || named === "" ? [] : [named]),
    join(repositoryFolder(), ".cache", "kube"),
  ];
}

/** The path of a binary; undefined when it is nowhere. */
export function findKubeBinary(name: KubeBinary): string | undefined {
  return folders()
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}

/** Why the given binaries cannot be used, as a reason to skip; undefined when all are there. */
export function whyNoKubeBinaries(names: readonly KubeBinary[]): string | undefined {
  const missing = names.filter((name) => findKubeBinary(name) === undefined);
  if (missing.length === 0) return undefined;
  return `${missing.join(" and ")} not in KUBEBUILDER_ASSETS nor in .cache/kube (node scripts/build-kube.mjs builds them)`;
}
