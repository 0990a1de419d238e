import { setTimeout as pause } from "node:timers/promises";
import { plan } from "../../topology/addressing.ts";
import { monotonicMillis } from "../../topology/monotonic.ts";
import { bgpPeerObject } from "../../topology/objects.ts";
import { type Program } from "../../topology/program.ts";
import { type RouterLab, type Site } from "../../topology/router-lab.ts";
import { type Figure, withGoal } from "../figure.ts";
import { residentMegabytes } from "../process-status.ts";
import { type FrrConsole } from "./frr-console.ts";
import { ownAsn, routerAsn } from "./prefixes.ts";

const mostMegabytes = 130;
const mostGrowth = 0.05;
const peers = 10;
/** What a flap of sessions leaves in passing must not count. */
const settleMillis = 5_000;
const flapEveryMillis = 2_000;

/** Minutes of flapping. */
const minutes = Number(process.env["STEELYARD_BENCH_MINUTES"] ?? "1");

/** Further addresses of the router and the node; each pair has a session. */
export const furtherPeers = Array.from({ length: peers - 1 }, (_, index) => ({
  router: `192.168.7.${100 + index}`,
  node: `192.168.7.${150 + index}`,
}));

/** The same router under ten addresses, from as many of ours. */
export async function addPeers(lab: RouterLab, site: Site): Promise<void> {
  const node = lab.lab.network.node(1);
  await site.router.host.ipBatch(furtherPeers.map(({ router }) => `address add ${router}/24 dev eth0`));
  await node.host.ipBatch(furtherPeers.map(({ node: own }) => `address add ${own}/24 dev eth0`));
  for (const [index, pair] of furtherPeers.entries())
    await lab.lab.apply(
      bgpPeerObject(`further-${index}`, {
        myASN: ownAsn,
        peerASN: routerAsn,
        peerAddress: pair.router,
        sourceAddress: pair.node,
      }),
    );
}

/** Resident memory with ten peers and all prefixes, before and after a while in which all sessions flap. */
export async function measureMemory(agent: Program, frr: FrrConsole, count: number): Promise<Figure[]> {
  await untilAllFilled(frr, count);
  await pause(settleMillis);
  const before = residentMegabytes(agent.pid);
  await flap(frr, 0.2, count);
  const flapped = residentMegabytes(agent.pid);
  await flap(frr, minutes, count);
  const after = residentMegabytes(agent.pid);
  const growth = after / flapped - 1;
  return [
    withGoal(
      `agent, resident, ${peers} peers, ${count} prefixes`,
      `${before.toFixed(1)} MB`,
      `≤ ${mostMegabytes} MB`,
      before <= mostMegabytes,
    ),
    withGoal(
      `growth over ${minutes} min in which all sessions flap`,
      `${flapped.toFixed(1)} → ${after.toFixed(1)} MB`,
      `≤ ${(100 * mostGrowth).toFixed(0)} %`,
      growth <= mostGrowth,
    ),
  ];
}

async function flap(frr: FrrConsole, forMinutes: number, count: number): Promise<void> {
  const end = monotonicMillis() + forMinutes * 60_000;
  while (monotonicMillis() < end) {
    await frr.ask("clear bgp *");
    await pause(flapEveryMillis);
  }
  await untilAllFilled(frr, count);
  await pause(settleMillis);
}

async function untilAllFilled(frr: FrrConsole, count: number): Promise<void> {
  const neighbors = [plan.nodeAddress4(1), ...furtherPeers.map(({ node }) => node)];
  const end = monotonicMillis() + 120_000;
  for (const neighbor of neighbors) {
    for (;;) {
      const { established, prefixes } = await frr.neighbor(neighbor);
      if (established && prefixes === count) break;
      if (monotonicMillis() > end) throw new Error(`${neighbor} has told ${prefixes} of ${count} prefixes`);
      await pause(200);
    }
  }
}
