import { spawn } from "node:child_process";
import { Program } from "./program.ts";

/** Starts a program in the sandbox's own namespace, where the API server listens. */
export function spawnHere(
  name: string,
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Program {
  return new Program(name, spawn(program, [...args], { stdio: ["ignore", "pipe", "pipe"], env }));
}
