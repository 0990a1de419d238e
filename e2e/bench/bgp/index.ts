import { plan } from "../../topology/addressing.ts";
import { whyNoMetallb } from "../../topology/metallb.ts";
import {
  bfdProfileObject,
  bgpAdvertisementObject,
  bgpPeerObject,
  poolObject,
} from "../../topology/objects.ts";
import { RouterLab, type Site } from "../../topology/router-lab.ts";
import { whyNoRouter } from "../../topology/routers/router-programs.ts";
import { type Figure, notMeasured } from "../figure.ts";
import { bfd, measureBfdUnderLoad, measureDetection, measureWithdrawal } from "./bfd.ts";
import { measureChanges } from "./changes.ts";
import { FrrConsole } from "./frr-console.ts";
import { measureFullTable } from "./full-table.ts";
import { addPeers, furtherPeers, measureMemory } from "./memory.ts";
import { createServices, ownAsn, routerAsn } from "./prefixes.ts";
import { measureRestarts } from "./restarts.ts";
import { latencyFigure, measureRouteLatency } from "./route-latency.ts";

type Report = (figures: readonly Figure[]) => void;

const prefixes = 10_000;
const rounds = 40;
const roundsOfMetallb = 20;
const mostRouteMillis = 20;
const web = "198.51.100.1";
const debug = ["--log-level", "debug"];

/** The agent and genuine routers, beside GoBGP and MetalLB's speaker doing the same work for the same routers. */
export async function benchBgp(report: Report): Promise<void> {
  const why = whyNoRouter("frr", "bird");
  if (why !== undefined) return report([notMeasured("BGP", why)]);
  await inLab(report, benchRoutes);
  await inLab(report, benchBfd);
  await inLab(report, benchRestarts);
  await inLab(report, benchTable);
}

async function inLab(
  report: Report,
  bench: (lab: RouterLab, report: Report) => Promise<void>,
): Promise<void> {
  const lab = await RouterLab.create({ nodes: 1, membership: true, access: "service-account" });
  try {
    await lab.lab.apply(
      poolObject("bgp", ["10.128.0.0/15", "198.51.100.0/24"], { autoAssign: false }),
      bgpAdvertisementObject("all"),
    );
    await bench(lab, report);
  } catch (error) {
    console.error(lab.transcripts());
    console.error(error);
    report([notMeasured("what comes after this", String(error).split("\n")[0] ?? "")]);
  } finally {
    await lab.end();
  }
}

async function applyPeers(
  lab: RouterLab,
  sites: readonly Site[],
  spec: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  for (const { router, address4: peerAddress } of sites)
    await lab.lab.apply(
      bgpPeerObject(router.name, { myASN: ownAsn, peerASN: routerAsn, peerAddress, ...spec }),
    );
}

async function benchRoutes(lab: RouterLab, report: Report): Promise<void> {
  const config = { asn: routerAsn, neighbors: lab.neighbors({ asn: ownAsn }) };
  const frr = await lab.addRouter("frr", config);
  const bird = await lab.addRouter("bird", config);
  await applyPeers(lab, [frr, bird]);
  const node = lab.lab.network.node(1);
  await lab.lab.startAgent(node);
  for (const site of [frr, bird]) await lab.untilPeered(site);
  const ours = await measureRouteLatency(lab, { frr, bird }, rounds);
  const what = "Service status written → route in";
  report([
    latencyFigure(`${what} FRR's table`, ours.frrTable, mostRouteMillis),
    latencyFigure(`${what} BIRD's table`, ours.birdTable, mostRouteMillis),
    latencyFigure(`${what} the kernel of FRR`, ours.frrKernel),
    latencyFigure(`${what} the kernel of BIRD`, ours.birdKernel),
  ]);
  await lab.lab.stopAgent(node);
  const why = whyNoMetallb();
  if (why !== undefined) return report([notMeasured(`MetalLB's speaker: ${what} FRR's table`, why)]);
  await lab.lab.startMetallbSpeaker(node);
  for (const site of [frr, bird]) await lab.untilPeered(site);
  const theirs = await measureRouteLatency(lab, { frr, bird }, roundsOfMetallb);
  report([
    latencyFigure("MetalLB's speaker: the same, FRR's table", theirs.frrTable),
    latencyFigure("MetalLB's speaker: the same, BIRD's table", theirs.birdTable),
    latencyFigure("MetalLB's speaker: the same, the kernel of FRR", theirs.frrKernel),
    latencyFigure("MetalLB's speaker: the same, the kernel of BIRD", theirs.birdKernel),
  ]);
}

async function benchBfd(lab: RouterLab, report: Report): Promise<void> {
  const config = { asn: routerAsn, neighbors: lab.neighbors({ asn: ownAsn, bfd }) };
  const sites = [await lab.addRouter("frr", config), await lab.addRouter("bird", config)] as const;
  await lab.lab.apply(
    bfdProfileObject("fast", {
      receiveInterval: bfd.receiveMillis,
      transmitInterval: bfd.transmitMillis,
      detectMultiplier: bfd.multiplier,
    }),
  );
  // Sessions are broken again and again: without it each one would be dialled later than the one before.
  await applyPeers(lab, sites, { bfdProfile: "fast", enableGracefulRestart: true, connectTime: "1s" });
  await lab.lab.createService("web", "IPv4", { endpointsOn: [1] });
  await lab.lab.patchServiceStatus("web", { loadBalancer: { ingress: [{ ip: web }] } });
  const agent = await lab.lab.startAgent(lab.lab.network.node(1), debug);
  for (const site of sites) await lab.untilPeered(site);
  report(await measureBfdUnderLoad(agent, sites));
  report(await measureDetection(agent, sites));
  report(await measureWithdrawal(agent, sites, web));
}

/** Without BFD, which has a say of its own in how a router takes a restart. */
async function benchRestarts(lab: RouterLab, report: Report): Promise<void> {
  const config = { asn: routerAsn, neighbors: lab.neighbors({ asn: ownAsn }) };
  const sites = [await lab.addRouter("frr", config), await lab.addRouter("bird", config)] as const;
  await applyPeers(lab, sites, { enableGracefulRestart: true, connectTime: "1s" });
  await lab.lab.createService("web", "IPv4", { endpointsOn: [1] });
  await lab.lab.patchServiceStatus("web", { loadBalancer: { ingress: [{ ip: web }] } });
  await lab.lab.startAgent(lab.lab.network.node(1));
  for (const site of sites) {
    await lab.untilPeered(site);
    await lab.leadThrough(site);
    report(await measureRestarts(lab, site, web));
  }
}

async function benchTable(lab: RouterLab, report: Report): Promise<void> {
  await createServices(lab, prefixes);
  const further = furtherPeers.map(({ node, router }) => ({ asn: ownAsn, address: node, source: router }));
  const site = await lab.addRouter("frr", {
    asn: routerAsn,
    neighbors: [...lab.neighbors({ asn: ownAsn }), ...further],
  });
  await applyPeers(lab, [site]);
  const frr = await FrrConsole.open(site.router);
  report(await measureFullTable(lab, site, frr, prefixes));
  const agent = await lab.lab.startAgent(lab.lab.network.node(1));
  await site.router.until(
    "all prefixes",
    async () => (await frr.neighbor(plan.nodeAddress4(1))).prefixes === prefixes,
    60_000,
  );
  report(await measureChanges(lab, frr, prefixes));
  await addPeers(lab, site);
  report(await measureMemory(agent, frr, prefixes));
  frr.close();
}
