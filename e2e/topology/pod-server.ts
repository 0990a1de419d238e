import { type NetworkNamespace } from "./namespace.ts";
import { Program } from "./program.ts";

/** What the web server in every pod runs: answers each request with the pod's name, on both families. */
const serverProgram = `
  const { createServer } = require("node:http");
  const server = createServer((request, response) => response.end(process.argv[1] + "\\n"));
  server.listen(8080, "::", () => console.log(JSON.stringify({ msg: "listening" })));
`;

export const podPort = 8080;

/** Starts the web server of a pod and waits until it listens. */
export async function startPodServer(pod: NetworkNamespace, name: string): Promise<Program> {
  const server = new Program(
    `pod ${name}`,
    pod.spawn(process.execPath, ["-e", serverProgram, name], [], { PATH: process.env["PATH"] }),
  );
  await server.line((line) => line["msg"] === "listening");
  return server;
}
