import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { distFolder } from "../../topology/dist.ts";
import { type NetworkNamespace } from "../../topology/namespace.ts";
import { measureAnswers, type Latency } from "../../topology/neighbour-probe.ts";
import { Program } from "../../topology/program.ts";
import { type Figure, withGoal } from "../figure.ts";
import { type Answerer } from "./answer-latency.ts";

const heldMillis = 1_200;
const questions = 1_000;
const everyMicros = 1_000;

/**
 * Answers while the agent's main thread stands still for longer than the questions take. A debugger's means hold it, from
 * outside: nothing in the agent knows of it.
 */
export async function measureHeldMainThread(
  client: NetworkNamespace,
  agent: Program,
  { address4 }: Answerer,
): Promise<Figure[]> {
  const free = await measureAnswers(client, "eth0", address4, questions, everyMicros);
  const holder = await holdMainThread(agent);
  const held = await measureAnswers(client, "eth0", address4, questions, everyMicros);
  await holder.stop();
  return [
    withGoal(
      "ARP answers while the main thread stands still for 1 s",
      `${held.answered}/${held.asked}`,
      "all",
      held.answered === held.asked,
    ),
    withGoal(
      "the same, p50 / p99 beside an idle main thread",
      `${times(held, free, "p50")} / ${times(held, free, "p99")} x`,
      "≤ 1.5 / 3 x",
      ratio(held, free, "p50") <= 1.5 && ratio(held, free, "p99") <= 3,
    ),
  ];
}

/** Returns when it stands still; it goes on by itself when the tool ends. */
export async function holdMainThread(agent: Program): Promise<Program> {
  const tool = fileURLToPath(new URL("thread-pause", distFolder));
  const child = spawn(tool, [String(agent.pid), String(heldMillis)], { stdio: ["ignore", "pipe", "pipe"] });
  const holder = new Program("thread-pause", child);
  await holder.line((line) => line["msg"] === "held");
  return holder;
}

function ratio(held: Latency, free: Latency, quantile: "p50" | "p99"): number {
  return (held[quantile] ?? Number.NaN) / (free[quantile] ?? Number.NaN);
}

function times(held: Latency, free: Latency, quantile: "p50" | "p99"): string {
  return ratio(held, free, quantile).toFixed(1);
}
