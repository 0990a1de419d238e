import { type Lab } from "../../topology/lab.ts";
import { askUntilAnswered } from "../../topology/neighbour-probe.ts";
import { median, quantile, type Figure } from "../figure.ts";

const rounds = 40;
const address = "192.168.7.40";

/** Of which the segment is asked whether somebody has the address; nothing can be answered before. */
const asked = 150;
const own = 50;

/** From the moment a Service is created to the first ARP answer for its address, seen by a client asking every millisecond. */
export async function measureFirstAnswer(lab: Lab): Promise<Figure[]> {
  const millis: number[] = [];
  for (let round = 0; round < rounds; round++) millis.push(await oneRound(lab, `web${round}`));
  return [
    {
      name: "Service created → first ARP answer, p50",
      value: `${median(millis).toFixed(1)} ms`,
      goal: `< ${own} ms beside ${asked} ms of asking`,
      met: median(millis) < own + asked,
    },
    { name: "Service created → first ARP answer, p90", value: `${quantile(millis, 0.9).toFixed(1)} ms` },
  ];
}

async function oneRound(lab: Lab, name: string): Promise<number> {
  await lab.setEndpoints(name, "IPv4", [1]);
  const question = askUntilAnswered(lab.network.client, "eth0", address, 10_000);
  await question.asking;
  const created = process.hrtime.bigint();
  await lab.createService(name, "IPv4");
  await question.answered;
  const millis = Number(process.hrtime.bigint() - created) / 1e6;
  await question.stop();
  await lab.removeServices();
  await lab.untilSilent(address);
  return millis;
}
