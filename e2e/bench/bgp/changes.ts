import { setTimeout as pause } from "node:timers/promises";
import { ClusterClient } from "../../cluster/index.ts";
import { plan } from "../../topology/addressing.ts";
import { deadline } from "../../topology/eventually.ts";
import { monotonicMillis } from "../../topology/monotonic.ts";
import { bgpAdvertisementObject } from "../../topology/objects.ts";
import { type RouterLab } from "../../topology/router-lab.ts";
import { type Figure, withGoal } from "../figure.ts";
import { type FrrConsole } from "./frr-console.ts";
import { addressAt, eachOf, giveAddress } from "./prefixes.ts";

const changed = 1_000;
const prefixesAtLeast = 50;
const neighbor = plan.nodeAddress4(1);

/** What a thousand changes at once cost the router, of so many Services. The agent runs and has told it of all. */
export async function measureChanges(lab: RouterLab, frr: FrrConsole, count: number): Promise<Figure[]> {
  const edited = await observe(frr, async () => {
    await lab.lab.apply(bgpAdvertisementObject("all", { communities: ["65000:7"] }));
    const last = `${addressAt(count - 1)}/32`;
    await until(async () => (await answerOf(frr, last)).includes('"string":"65000:7"'));
    await until(async () => (await answerOf(frr, `${addressAt(0)}/32`)).includes('"string":"65000:7"'));
  });
  const moved = await observe(frr, async () => {
    const client = new ClusterClient(lab.lab.api, { keepAlive: true });
    await eachOf(changed, (index) => giveAddress(client, index, movedTo(index)));
    client.close();
    await until(async () => {
      const { prefixes } = await frr.neighbor(neighbor);
      return (
        prefixes === count && (await frr.has(`${movedTo(0)}/32`)) && (await frr.has(`${movedTo(999)}/32`))
      );
    });
  });
  // Each of the moved is withdrawn and announced.
  return [
    ...figuresOf(`an edit of the BGPAdvertisement of ${count} Services`, edited, count),
    ...figuresOf(`${changed} Services get other addresses`, moved, 2 * changed),
  ];
}

interface Observed {
  readonly updates: number;
  readonly resets: number;
  readonly millis: number;
}

async function observe(frr: FrrConsole, change: () => Promise<void>): Promise<Observed> {
  const before = await frr.neighbor(neighbor);
  const began = monotonicMillis();
  await change();
  const millis = monotonicMillis() - began;
  await pause(300);
  const after = await frr.neighbor(neighbor);
  return { updates: after.updates - before.updates, resets: after.sessions - before.sessions, millis };
}

function figuresOf(what: string, { updates, resets, millis }: Observed, prefixes: number): Figure[] {
  const each = prefixes / updates;
  return [
    withGoal(
      `${what}: prefixes per UPDATE`,
      `${each.toFixed(0)} (${updates} in ${millis.toFixed(0)} ms)`,
      `≥ ${prefixesAtLeast}`,
      each >= prefixesAtLeast,
    ),
    withGoal(`the same: sessions reset`, `${resets}`, "0", resets === 0),
  ];
}

function movedTo(index: number): string {
  return addressAt(40_000 + index);
}

function answerOf(frr: FrrConsole, prefix: string): Promise<string> {
  return frr.ask(`show bgp ipv4 unicast ${prefix} json`);
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const limit = deadline(30_000);
  while (!(await isSo())) {
    if (limit.passed) throw new Error("the router was not told of the change");
    await pause(5);
  }
}
