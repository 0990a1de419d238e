import { Lab } from "../../topology/lab.ts";
import { whyNoMetallb } from "../../topology/metallb.ts";
import { l2AdvertisementObject, poolObject } from "../../topology/objects.ts";
import { type Program } from "../../topology/program.ts";
import { notMeasured, withGoal, type Figure } from "../figure.ts";
import { type Answerer, measureRatios, type Ratio, ratioFigures } from "./answer-latency.ts";
import { measureFirstAnswer } from "./first-answer.ts";
import { measureForeignLoad } from "./foreign-load.ts";
import { measureHeldMainThread } from "./held-main-thread.ts";
import { measureIdleMemory } from "./idle-memory.ts";
import { anyAddressesOf, createManyServices, measureFullMemory } from "./many-services.ts";
import { startRivalSpeaker } from "./rival-speaker.ts";
import { measureScale } from "./scale.ts";

type Report = (figures: readonly Figure[]) => void;

const mostExitMillis = 2_000;

/** The agent on a network, beside the kernel doing the same work, and beside MetalLB's speaker where that is at hand. */
export async function benchAgent(report: Report): Promise<void> {
  report(await measureScale());
  const lab = await Lab.create({ nodes: 2, access: "service-account" });
  try {
    await lab.apply(
      poolObject("lan", ["192.168.7.40-192.168.7.49", "fd07::40-fd07::49"]),
      l2AdvertisementObject("lan", { ipAddressPools: ["lan"], nodeSelectors: [onNode(1)] }),
      poolObject("rival", ["192.168.7.60-192.168.7.69", "fd07::60-fd07::69"], { autoAssign: false }),
      l2AdvertisementObject("rival", { ipAddressPools: ["rival"], nodeSelectors: [onNode(2)] }),
    );
    await lab.startOperator();
    const agent = await lab.startAgent(lab.network.node(1));
    report(await measureIdleMemory(agent));
    report(await measureFirstAnswer(lab));
    const rival = await startRivalSpeaker(lab);
    const why = whyNoMetallb();
    if (why !== undefined) report([notMeasured("answers of MetalLB's speaker", why)]);
    await measureFew(lab, agent, rival, report);
    await measureMany(lab, agent, rival, report);
    await rival?.stop();
  } catch (error) {
    console.error(lab.transcripts());
    throw error;
  } finally {
    await lab.end();
  }
}

function onNode(number: number): object {
  return { matchLabels: { "kubernetes.io/hostname": `node${number}` } };
}

/** One Service: an address of each family. */
async function measureFew(
  lab: Lab,
  agent: Program,
  rival: Program | undefined,
  report: Report,
): Promise<void> {
  const { client } = lab.network;
  await lab.createService("web", "dual", { endpointsOn: [1] });
  const ours = await answererOf(lab, "web", 1);
  const theirs = rival === undefined ? undefined : await rivalsRatios(lab);
  report(ratioFigures("1 address", await measureRatios(client, ours), theirs));
  report(await measureHeldMainThread(client, agent, ours));
  report(await measureForeignLoad(lab, agent, rival));
}

async function rivalsRatios(lab: Lab): Promise<readonly Ratio[]> {
  const annotations = { "metallb.io/address-pool": "rival" };
  await lab.createService("theirs", "dual", { endpointsOn: [2], annotations });
  return measureRatios(lab.network.client, await answererOf(lab, "theirs", 2));
}

async function answererOf(lab: Lab, service: string, number: number): Promise<Answerer> {
  const [address4 = "", address6 = ""] = await lab.untilAddresses(service, 2);
  for (const address of [address4, address6]) await lab.soleOwner(address);
  return { node: lab.network.node(number), address4, address6 };
}

async function measureMany(
  lab: Lab,
  agent: Program,
  rival: Program | undefined,
  report: Report,
): Promise<void> {
  await createManyServices(lab);
  report(await measureFullMemory(agent, rival));
  const { client, nodes } = lab.network;
  const [ours, theirs] = nodes;
  if (ours === undefined || theirs === undefined) throw new Error("there are not two nodes");
  const answerer = await anyAddressesOf(lab, ours);
  const rivals =
    rival === undefined ? undefined : await measureRatios(client, await anyAddressesOf(lab, theirs));
  report(ratioFigures("1 000 addresses", await measureRatios(client, answerer), rivals));
  const { millis } = await lab.stopAgent(ours);
  report([
    withGoal(
      "SIGTERM to exit, 1 000 addresses announced",
      `${millis.toFixed(0)} ms`,
      `≤ ${mostExitMillis} ms`,
      millis <= mostExitMillis,
    ),
  ]);
}
