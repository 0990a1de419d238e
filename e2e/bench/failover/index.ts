import { setTimeout as pause } from "node:timers/promises";
import { failoverLab, ownerOfAll, serve } from "../../topology/failover-lab.ts";
import { type Lab } from "../../topology/lab.ts";
import { whyNoMetallb } from "../../topology/metallb.ts";
import { monotonicMillis } from "../../topology/monotonic.ts";
import { notMeasured, type Figure } from "../figure.ts";
import { crashFigures, crashOwner } from "./crashes.ts";
import { measurePlannedMoves } from "./planned-moves.ts";
import { measureStalls } from "./stalls.ts";

type Report = (figures: readonly Figure[]) => void;

const crashes = 50;
const crashesOfMetallb = 3;
const untilRingMillis = 5_000;

/** What a client sees when an address moves: it opens a new connection every 5 ms all the time. */
export async function benchFailover(report: Report): Promise<void> {
  await inLab(3, report, async (lab, addresses) => {
    report(await measureStalls(lab, addresses));
    report(await measurePlannedMoves(lab, addresses));
  });
  await inLab(10, report);
  await benchMetallb(report);
}

/** A ring of so many nodes: first what `also` measures, then the crashes. */
async function inLab(
  nodes: number,
  report: Report,
  also: (lab: Lab, addresses: readonly string[]) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const lab = await failoverLab({ nodes, access: "service-account" });
  try {
    await lab.startAgents();
    await lab.untilRing();
    const addresses = await serve(lab, "web");
    await also(lab, addresses);
    const [v4 = [], v6 = []] = await crashOwner(lab, addresses, crashes);
    report(crashFigures(`owner's power lost, ${nodes} nodes, IPv4`, v4));
    report(crashFigures(`owner's power lost, ${nodes} nodes, IPv6`, v6));
  } catch (error) {
    console.error(lab.transcripts());
    throw error;
  } finally {
    await lab.end();
  }
}

/** MetalLB's own speakers on the same network in the same run: no goal, a row to compare with. */
export async function benchMetallb(report: Report): Promise<void> {
  const name = "owner's power lost, 3 speakers of MetalLB, IPv4";
  const why = whyNoMetallb();
  if (why !== undefined) return report([notMeasured(name, why)]);
  const lab = await failoverLab({ definitions: "metallb" });
  try {
    for (const node of lab.speakers) await lab.startMetallbSpeaker(node);
    const addresses = (await serve(lab, "web")).slice(0, 1);
    const millis: number[] = [];
    for (let round = 0; round < crashesOfMetallb; round++) {
      // Nothing that these speakers print says that their ring is whole.
      await pause(untilRingMillis);
      millis.push(await crashMetallb(lab, addresses));
    }
    const inOrder = [...millis].sort((a, b) => a - b).map((each) => each.toFixed(0));
    report([{ name, value: `${inOrder.join(", ")} ms` }]);
  } finally {
    await lab.end();
  }
}

async function crashMetallb(lab: Lab, addresses: readonly string[]): Promise<number> {
  const owner = await ownerOfAll(lab, addresses);
  const visitor = await lab.visit(addresses[0] ?? "");
  const struck = monotonicMillis();
  await lab.crash(owner);
  const outage = await visitor.untilServed(struck, 60_000);
  await visitor.stop();
  await lab.network.restore(owner);
  await lab.startMetallbSpeaker(owner);
  await lab.soleOwner(addresses[0] ?? "");
  return outage;
}
