import { setTimeout as pause } from "node:timers/promises";
import { type Lab } from "../../topology/lab.ts";
import { floodRequests } from "../../topology/neighbour-probe.ts";
import { type Program } from "../../topology/program.ts";
import { type Figure } from "../figure.ts";
import { processorMillis } from "../process-status.ts";

const perSecond = 20_000;
const forMillis = 10_000;
/** The kernel counts processor time in ticks of 10 ms: a difference of two ticks cannot be told from none. */
const notMeasurableMillis = 20;

/** What 20 000 ARP requests per second for addresses that are not ours cost the agent, beside what doing nothing costs it. */
export async function measureForeignLoad(lab: Lab, agent: Program): Promise<Figure[]> {
  await lab.createService("web", "IPv4", { endpointsOn: [1] });
  const [address = ""] = await lab.untilAddresses("web", 1);
  await lab.reach(`http://${address}/`);
  await pause(6_000); // until the gratuitous burst is over
  const idle = await processorTime(agent, () => pause(forMillis));
  const loaded = await processorTime(agent, () =>
    floodRequests(lab.network.client, "eth0", "10.99.0.0", perSecond, forMillis),
  );
  const difference = loaded - idle;
  const percent = (millis: number): string => `${((millis / forMillis) * 100).toFixed(2)} %`;
  return [
    { name: "agent CPU, idle", value: percent(idle) },
    {
      name: `agent CPU under ${perSecond} foreign ARP requests/s`,
      value: percent(loaded),
      goal: "not measurable",
      met: difference <= notMeasurableMillis,
    },
  ];
}

async function processorTime(agent: Program, during: () => Promise<unknown>): Promise<number> {
  const before = processorMillis(agent.pid);
  await during();
  return processorMillis(agent.pid) - before;
}
