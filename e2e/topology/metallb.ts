import { existsSync } from "node:fs";
import { join } from "node:path";
import { type ClusterNode } from "./cluster-node.ts";
import { systemNamespace } from "./objects.ts";
import { Program } from "./program.ts";
import { spawnHere } from "./spawn-here.ts";

const variable = "STEELYARD_METALLB_ASSETS";

const programs = ["metallb-controller", "metallb-speaker"];

/** Why MetalLB's own programs cannot stand beside ours here, or undefined when they can. */
export function whyNoMetallb(): string | undefined {
  const folder = process.env[variable];
  if (folder === undefined || folder === "") return `no genuine MetalLB: ${variable} names no folder`;
  const missing = programs.filter((program) => !existsSync(join(folder, program)));
  return missing.length === 0
    ? undefined
    : `no genuine MetalLB: there is no ${missing.join(" and no ")} in ${variable}`;
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
  const flags = ["--namespace", systemNamespace, "--port", "0", ...options.ring];
  const environment = { ...environmentOf(options), METALLB_NODE_NAME: node.name };
  const child = node.host.spawn(binary("metallb-speaker"), flags, [], environment);
  const program = new Program(`MetalLB's speaker on ${node.name}`, child);
  await program.line((line) => line["msg"] === "MetalLB speaker starting" || "event" in line, 20_000);
  return program;
}

/** Starts the genuine controller of MetalLB beside the API server, as its Deployment does, without webhooks. */
export async function startMetallbController(
  options: Pick<MetallbOptions, "kubeconfigPath" | "podName">,
): Promise<Program> {
  const flags = ["--namespace", systemNamespace, "--port", "0", "--webhook-mode", "disabled"];
  const path = binary("metallb-controller");
  const program = spawnHere("MetalLB's controller", path, flags, environmentOf(options));
  await program.line((line) => line["msg"] === "MetalLB controller starting" || "event" in line, 20_000);
  return program;
}

function binary(name: string): string {
  return join(process.env[variable] ?? "", name);
}

function environmentOf({
  kubeconfigPath,
  podName,
}: Pick<MetallbOptions, "kubeconfigPath" | "podName">): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    KUBECONFIG: kubeconfigPath,
    METALLB_BGP_TYPE: "native",
    METALLB_POD_NAME: podName,
  };
}
