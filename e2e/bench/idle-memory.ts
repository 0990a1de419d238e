import { setTimeout as pause } from "node:timers/promises";
import { type Program } from "../topology/program.ts";
import { type Figure } from "./figure.ts";
import { residentMegabytes } from "./process-status.ts";

const settleMillis = 6_000;

/** Resident memory of both programs, six seconds after start with nothing to do. */
export async function measureIdleMemory(operator: Program, agent: Program): Promise<Figure[]> {
  await pause(settleMillis);
  return [figure("operator, resident, idle", operator, 60), figure("agent, resident, idle", agent, 75)];
}

function figure(name: string, program: Program, goalMegabytes: number): Figure {
  const megabytes = residentMegabytes(program.pid);
  return {
    name,
    value: `${megabytes.toFixed(1)} MB`,
    goal: `≤ ${goalMegabytes} MB`,
    met: megabytes <= goalMegabytes,
  };
}
