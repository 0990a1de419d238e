import { setTimeout as pause } from "node:timers/promises";
import { ownerOfAll } from "../../topology/failover-lab.ts";
import { type Lab } from "../../topology/lab.ts";
import { watchClaims } from "../../topology/neighbour-probe.ts";
import { type Figure, withGoal } from "../figure.ts";

const times = 5;

/** SIGSTOP for a second: how often somebody else announced an address, and what a client lost. */
export async function measureStalls(lab: Lab, addresses: readonly string[]): Promise<Figure[]> {
  const visitors = await Promise.all(addresses.map((address) => lab.visit(address)));
  let moves = 0;
  for (let round = 0; round < times; round++) {
    const owner = await ownerOfAll(lab, addresses);
    const watch = await watchClaims(lab.network.client, "eth0");
    const { resume } = lab.stall(owner);
    await pause(1_000);
    resume();
    await pause(1_000);
    const claims = (await watch.stop()).filter(({ address }) => addresses.includes(address));
    if (claims.some(({ mac }) => mac !== owner.lan.mac)) moves += 1;
  }
  const reports = await Promise.all(visitors.map((visitor) => visitor.stop()));
  const lost = reports.reduce((sum, report) => sum + report.lost, 0);
  return [
    withGoal(`agent stopped for 1 s, ${times} times: moves`, String(moves), "0", moves === 0),
    withGoal(`agent stopped for 1 s, ${times} times: connections lost`, String(lost), "0", lost === 0),
  ];
}
