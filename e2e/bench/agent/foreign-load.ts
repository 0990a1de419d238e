import { setTimeout as pause } from "node:timers/promises";
import { type Lab } from "../../topology/lab.ts";
import { floodRequests } from "../../topology/neighbour-probe.ts";
import { type Program } from "../../topology/program.ts";
import { type Figure, withGoal } from "../figure.ts";
import { processorMillis } from "../process-status.ts";

const perSecond = 20_000;
const forMillis = 10_000;
/** The kernel counts processor time in ticks of 10 ms: a difference of two ticks cannot be told from none. */
const notMeasurableMillis = 20;

/** What 20 000 ARP requests per second for addresses that are not ours cost the agent, beside what doing nothing costs. */
export async function measureForeignLoad(
  lab: Lab,
  agent: Program,
  rival: Program | undefined,
): Promise<Figure[]> {
  await pause(6_000); // until the gratuitous burst is over
  const idle = await processorTime(agent, () => pause(forMillis));
  const rivalBefore = rival === undefined ? 0 : processorMillis(rival.pid);
  const loaded = await processorTime(agent, () =>
    floodRequests(lab.network.client, "eth0", "10.99.0.0", perSecond, forMillis),
  );
  const rivals = rival === undefined ? 0 : processorMillis(rival.pid) - rivalBefore;
  const percent = (millis: number): string => `${((millis / forMillis) * 100).toFixed(2)} %`;
  const under = `CPU under ${perSecond} foreign ARP requests/s`;
  return [
    { name: "agent CPU, idle", value: percent(idle) },
    withGoal(`agent ${under}`, percent(loaded), "not measurable", loaded - idle <= notMeasurableMillis),
    ...(rival === undefined ? [] : [{ name: `MetalLB's speaker, ${under}`, value: percent(rivals) }]),
  ];
}

async function processorTime(agent: Program, during: () => Promise<unknown>): Promise<number> {
  const before = processorMillis(agent.pid);
  await during();
  return processorMillis(agent.pid) - before;
}
