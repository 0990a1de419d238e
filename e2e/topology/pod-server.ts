import { fileURLToPath } from "node:url";
import { distFolder } from "./dist.ts";
import { type NetworkNamespace } from "./namespace.ts";
import { Program } from "./program.ts";

const tool = fileURLToPath(new URL("web-probe", distFolder));

export const podPort = 8080;

/** Starts the web server of a pod, which answers each request with the pod's name, and waits until it listens. */
export async function startPodServer(pod: NetworkNamespace, name: string): Promise<Program> {
  const server = new Program(`pod ${name}`, pod.spawn(tool, ["serve", String(podPort), name]));
  await server.line((line) => line["msg"] === "listening");
  return server;
}
