import { join } from "node:path";
import { findKubeBinary } from "./binaries.ts";
import { KubeProcess } from "./process.ts";

/** Left out: what judges Nodes by their kubelets' heartbeats, which the suites' Nodes do not have. */
const leftOut = ["node-lifecycle-controller", "taint-eviction-controller"];

/** The genuine kube-controller-manager, beside an API server whose files are in `folder`. */
export function startControllerManager(folder: string, kubeconfigPath: string): KubeProcess {
  const args = [
    `--kubeconfig=${kubeconfigPath}`,
    `--service-account-private-key-file=${join(folder, "sa.key")}`,
    `--root-ca-file=${join(folder, "certificates", "apiserver.crt")}`,
    `--controllers=*,${leftOut.map((name) => `-${name}`).join(",")}`,
    "--leader-elect=false",
    // Nobody asks it anything.
    "--secure-port=0",
  ];
  const binary = findKubeBinary("kube-controller-manager") ?? "";
  return new KubeProcess(
    "kube-controller-manager",
    binary,
    args,
    join(folder, "kube-controller-manager.log"),
  );
}
