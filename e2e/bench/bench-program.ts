import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { builtProgram } from "../topology/dist.ts";

/** Runs a built program that measures something in a process of its own; gives the JSON lines that it prints. */
export async function runBenchProgram<Line>(name: string): Promise<readonly Line[]> {
  const child = spawn(process.execPath, [builtProgram(name)], { stdio: ["ignore", "pipe", "inherit"] });
  const [printed] = await Promise.all([text(child.stdout), once(child, "exit")]);
  if (child.exitCode !== 0) throw new Error(`${name} ended with ${child.exitCode}`);
  return printed
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
}
