import { setTimeout as pause } from "node:timers/promises";
import { type Program } from "../../topology/program.ts";
import { type Figure, withGoal } from "../figure.ts";
import { residentMegabytes } from "../process-status.ts";

const settleMillis = 6_000;
const goalMegabytes = 75;

/** Resident memory of the agent, its worker included, six seconds after the start with nothing to do. */
export async function measureIdleMemory(agent: Program): Promise<Figure[]> {
  await pause(settleMillis);
  const megabytes = residentMegabytes(agent.pid);
  return [
    withGoal(
      "agent, resident, idle",
      `${megabytes.toFixed(1)} MB`,
      `≤ ${goalMegabytes} MB`,
      megabytes <= goalMegabytes,
    ),
  ];
}
