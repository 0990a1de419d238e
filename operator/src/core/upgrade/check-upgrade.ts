import { buildConfig, type BuiltConfig } from "@steelyard/model/config";
import { compareTexts } from "@steelyard/model/foundation";
import {
  projectBfdProfile,
  projectBgpAdvertisement,
  projectBgpPeer,
  projectCommunity,
  projectIpAddressPool,
  projectL2Advertisement,
  projectNamespace,
} from "@steelyard/model/resources";
import { checkAdvertisements } from "./check-advertisements.ts";
import { checkConfiguration } from "./check-configuration.ts";
import { checkDefinitions } from "./check-definitions.ts";
import { checkFrr } from "./check-frr.ts";
import { checkNodes } from "./check-nodes.ts";
import { checkPeers } from "./check-peers.ts";
import { checkPools } from "./check-pools.ts";
import { checkGossip, checkPrograms } from "./check-programs.ts";
import { checkServices } from "./check-services.ts";
import { type ClusterSnapshot, type UpgradeOptions } from "./cluster-snapshot.ts";
import { findPrograms, type MetallbPrograms } from "./metallb-programs.ts";
import { type BgpBackend, type UpgradeCheck } from "./upgrade-context.ts";
import {
  type FoundMetallb,
  type Severity,
  type UpgradeFinding,
  type UpgradeReport,
} from "./upgrade-report.ts";

const checks: readonly UpgradeCheck[] = [
  checkPrograms,
  checkGossip,
  checkDefinitions,
  checkConfiguration,
  checkServices,
  checkNodes,
  checkPools,
  checkPeers,
  checkAdvertisements,
  checkFrr,
];

/** What would change in a cluster of MetalLB's if Steelyard took its place. */
export function checkUpgrade(snapshot: ClusterSnapshot, options: UpgradeOptions): UpgradeReport {
  const programs = findPrograms(snapshot);
  const backend = backendOf(programs);
  const context = { snapshot, programs, built: build(snapshot), options, backend };
  const findings = checks.flatMap((check) => check(context)).sort(bySeverity);
  return {
    version: 1,
    verdict: verdictOf(findings),
    metallb: describeMetallb(programs, backend),
    counts: countSeverities(findings),
    findings,
    unread: snapshot.unread,
  };
}

function build(snapshot: ClusterSnapshot): BuiltConfig {
  return buildConfig({
    namespace: snapshot.namespace,
    pools: snapshot.ipAddressPools.map(projectIpAddressPool),
    l2Advertisements: snapshot.l2Advertisements.map(projectL2Advertisement),
    bgpAdvertisements: snapshot.bgpAdvertisements.map(projectBgpAdvertisement),
    bgpPeers: snapshot.bgpPeers.map(projectBgpPeer),
    bfdProfiles: snapshot.bfdProfiles.map(projectBfdProfile),
    communities: snapshot.communities.map(projectCommunity),
    namespaces: snapshot.namespaces.map(projectNamespace),
  });
}

/** What the speaker speaks BGP with; without a word it is the native backend (reference metallb.md, section 6.3). */
function backendOf({ speaker }: MetallbPrograms): BgpBackend | undefined {
  if (speaker === undefined) return undefined;
  const type = speaker.setting("", "METALLB_BGP_TYPE")?.value ?? "native";
  return type === "frr" || type === "frr-k8s" ? type : "native";
}

function describeMetallb(
  { controller, speaker }: MetallbPrograms,
  backend: BgpBackend | undefined,
): FoundMetallb {
  return {
    version: speaker?.version ?? controller?.version ?? null,
    bgpBackend: backend ?? null,
    lbClass: controller?.setting("lb-class")?.value ?? "",
    controller: controller?.title ?? null,
    speaker: speaker?.title ?? null,
  };
}

const ranks: Readonly<Record<Severity, number>> = { traffic: 0, behaviour: 1, note: 2 };

function bySeverity(a: UpgradeFinding, b: UpgradeFinding): number {
  return (
    ranks[a.severity] - ranks[b.severity] ||
    compareTexts(a.object, b.object) ||
    compareTexts(a.field, b.field)
  );
}

function countSeverities(findings: readonly UpgradeFinding[]): UpgradeReport["counts"] {
  const counts = { traffic: 0, behaviour: 0, note: 0 };
  for (const { severity } of findings) counts[severity] += 1;
  return counts;
}

function verdictOf(findings: readonly UpgradeFinding[]): UpgradeReport["verdict"] {
  const [severest] = findings;
  if (severest === undefined || severest.severity === "note") return "same";
  return severest.severity === "traffic" ? "changes-traffic" : "changes-behaviour";
}
