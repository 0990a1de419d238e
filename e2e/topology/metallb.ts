import { existsSync } from "node:fs";
import { join } from "node:path";
import { type ClusterNode } from "./cluster-node.ts";
import { systemNamespace } from "./objects.ts";
import { Program } from "./program.ts";

const variable = "STEELYARD_METALLB_ASSETS";

/** Why MetalLB's own speaker cannot stand beside ours here, or undefined when it can. */
export function whyNoMetallb(): string | undefined {
  const folder = process.env[variable];
  if (folder === undefined || folder === "") return `no genuine MetalLB: ${variable} names no folder`;
  return existsSync(join(folder, "metallb-speaker"))
    ? undefined
    : `no genuine MetalLB: there is no metallb-speaker in ${variable}`;
}

export interface MetallbOptions {
  readonly kubeconfigPath: string;
  /** Its Pod, which has to exist: the speaker makes it the owner of what it writes. */
  readonly podName: string;
  /** The `--ml-` flags of the ring. */
  readonly ring: readonly string[];
}

/** Starts the genuine speaker of MetalLB on a node, as its DaemonSet does. */
export async function startMetallbSpeaker(node: ClusterNode, options: MetallbOptions): Promise<Program> {
  const binary = join(process.env[variable] ?? "", "metallb-speaker");
  const flags = ["--namespace", systemNamespace, "--port", "0", ...options.ring];
  const child = node.host.spawn(binary, flags, [], {
    PATH: process.env["PATH"],
    KUBECONFIG: options.kubeconfigPath,
    METALLB_BGP_TYPE: "native",
    METALLB_NODE_NAME: node.name,
    METALLB_POD_NAME: options.podName,
  });
  const program = new Program(`MetalLB's speaker on ${node.name}`, child);
  await program.line((line) => line["msg"] === "MetalLB speaker starting" || "event" in line, 20_000);
  return program;
}
