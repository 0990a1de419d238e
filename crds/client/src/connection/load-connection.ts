import { delimiter } from "node:path";
import { systemClock } from "../clock.ts";
import { KubeError } from "../errors.ts";
import { type LogSink } from "../log-sink.ts";
import { type AccessCacheDeps } from "./access-cache.ts";
import { inClusterConnection, isInCluster, serviceAccountFolder } from "./in-cluster.ts";
import { kubeconfigConnection } from "./kubeconfig.ts";
import { type ClusterConnection } from "./types.ts";

export interface ConnectionOptions {
  /** Value of `--kubeconfig`. */
  readonly kubeconfig?: string | undefined;
}

export interface ConnectionDeps extends Partial<AccessCacheDeps> {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly serviceAccountFolder?: string;
}

const silent: LogSink = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * Finds the API server: the file given as option, else the files of KUBECONFIG, else the service account of the pod we
 * run in. `~/.kube/config` is not looked at: a load balancer must not start against whatever cluster was used last.
 *
 * Errors: KubeError `configuration`, whose message names the file and the field.
 */
export async function loadConnection(
  options: ConnectionOptions = {},
  deps: ConnectionDeps = {},
): Promise<ClusterConnection> {
  const environment = deps.environment ?? process.env;
  const cacheDeps = { clock: deps.clock ?? systemClock, log: deps.log ?? silent };
  const files = kubeconfigFiles(options, environment);
  if (files.length > 0) return kubeconfigConnection({ files }, cacheDeps);
  const inCluster = { environment, folder: deps.serviceAccountFolder ?? serviceAccountFolder };
  if (isInCluster(inCluster)) return inClusterConnection(inCluster, cacheDeps);
  throw new KubeError({
    code: "configuration",
    message:
      "no cluster to talk to: give --kubeconfig, set KUBECONFIG, or run as a pod (KUBERNETES_SERVICE_HOST is not set)",
  });
}

function kubeconfigFiles(
  options: ConnectionOptions,
  environment: ConnectionDeps["environment"],
): readonly string[] {
  if (options.kubeconfig !== undefined && options.kubeconfig !== "") return [options.kubeconfig];
  return (environment?.["KUBECONFIG"] ?? "").split(delimiter).filter((file) => file !== "");
}
