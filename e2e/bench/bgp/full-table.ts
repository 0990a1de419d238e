import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { plan } from "../../topology/addressing.ts";
import { deadline } from "../../topology/eventually.ts";
import { monotonicMillis } from "../../topology/monotonic.ts";
import { type RouterLab, type Site } from "../../topology/router-lab.ts";
import { builtPeer, routerFolder, whyNoRouter } from "../../topology/routers/router-programs.ts";
import { Router } from "../../topology/routers/router.ts";
import { type Figure, median, notMeasured, withGoal } from "../figure.ts";
import { type FrrConsole } from "./frr-console.ts";
import { mrtFile } from "./mrt-file.ts";
import { addressAt, ownAsn, routerAsn } from "./prefixes.ts";

const rounds = 3;
const mostTimes = 1.2;
const neighbor = plan.nodeAddress4(1);

/** From the start of a program to the last of its prefixes in the router's table, and the part of it after the session stood. */
interface Filling {
  readonly total: number;
  readonly sinceEstablished: number;
}

/** Our agent and GoBGP by turns, from the same address to the same FRR, which waits for both. */
export async function measureFullTable(
  lab: RouterLab,
  site: Site,
  frr: FrrConsole,
  count: number,
): Promise<Figure[]> {
  const [ours, theirs]: [Filling[], Filling[]] = [[], []];
  const why = whyNoRouter("gobgp");
  for (let round = 0; round < rounds; round++) {
    ours.push(await fillByAgent(lab, frr, count));
    if (why === undefined) theirs.push(await fillByGobgp(lab, site, frr, count));
  }
  const name = `${count} prefixes: start → all in FRR's table, p50`;
  const times = totalOf(ours) / totalOf(theirs);
  return [
    { name: `agent, ${name}`, value: told(ours) },
    ...(why === undefined
      ? [
          { name: `GoBGP, ${name}`, value: told(theirs) },
          withGoal("agent beside GoBGP", `${times.toFixed(2)} x`, `≤ ${mostTimes} x`, times <= mostTimes),
        ]
      : [notMeasured(`GoBGP, ${name}`, why)]),
  ];
}

function totalOf(fillings: readonly Filling[]): number {
  return median(fillings.map(({ total }) => total));
}

function told(fillings: readonly Filling[]): string {
  const since = median(fillings.map(({ sinceEstablished }) => sinceEstablished));
  return `${totalOf(fillings).toFixed(0)} ms, ${since.toFixed(0)} of session`;
}

async function fillByAgent(lab: RouterLab, frr: FrrConsole, count: number): Promise<Filling> {
  const node = lab.lab.network.node(1);
  const began = monotonicMillis();
  const [filling] = await Promise.all([untilFilled(frr, began, count), lab.lab.startAgent(node)]);
  await lab.lab.stopAgent(node);
  await untilEmpty(frr);
  return filling;
}

async function fillByGobgp(lab: RouterLab, site: Site, frr: FrrConsole, count: number): Promise<Filling> {
  const { host } = lab.lab.network.node(1);
  const name = "gobgp";
  const file = join(routerFolder(name), "routes.mrt");
  writeFileSync(file, mrtFile(injected(count), neighbor));
  const neighbors = [{ address: site.address4, asn: routerAsn, dials: true }];
  const config = { asn: ownAsn, routerId: neighbor, neighbors };
  const began = monotonicMillis();
  const filled = untilFilled(frr, began, count);
  const gobgp = await Router.start("gobgp", { name, host, config });
  await host.run(builtPeer("gobgp"), ["-u", "127.0.0.1", "mrt", "inject", "global", file], {
    timeoutMillis: 120_000,
  });
  const filling = await filled;
  await gobgp.kill();
  await untilEmpty(frr);
  return filling;
}

/** GoBGP's client hangs up before the server has read all: what may get lost has come before. */
function injected(count: number): readonly string[] {
  const addresses = Array.from({ length: count }, (_, index) => addressAt(index));
  return [...addresses, ...addresses.slice(-count / 4)];
}

async function untilFilled(frr: FrrConsole, began: number, count: number): Promise<Filling> {
  const limit = deadline(120_000);
  let established: number | undefined;
  for (;;) {
    const state = await frr.neighbor(neighbor);
    if (state.established) established ??= monotonicMillis();
    if (established !== undefined && state.prefixes === count)
      return { total: monotonicMillis() - began, sinceEstablished: monotonicMillis() - established };
    if (limit.passed) throw new Error(`FRR has ${state.prefixes} of ${count} prefixes`);
    await pause(5);
  }
}

async function untilEmpty(frr: FrrConsole): Promise<void> {
  const limit = deadline(30_000);
  while ((await frr.neighbor(neighbor)).established || (await frr.has(`${addressAt(0)}/32`))) {
    if (limit.passed) throw new Error("FRR keeps routes of a session that is over");
    await pause(50);
  }
}
