import { type JsonObject } from "@steelyard/model/foundation";
import { numberAt, objectsAt, listAt, titleOf, textAt } from "./raw-object.ts";
import { finding, nothingToDo, type UpgradeContext } from "./upgrade-context.ts";
import { type UpgradeFinding } from "./upgrade-report.ts";

/** What is announced otherwise, of the same advertisements. */
export function checkAdvertisements(context: UpgradeContext): readonly UpgradeFinding[] {
  const { bgpAdvertisements } = context.snapshot;
  return [
    ...checkOwners(context),
    ...(hasInternalPeer(context) ? bgpAdvertisements.flatMap((one) => checkInternal(one, context)) : []),
    ...(context.backend === "native" ? checkNativeLimits(context) : []),
  ];
}

function hasInternalPeer({ snapshot }: UpgradeContext): boolean {
  return snapshot.bgpPeers.some(
    (peer) =>
      textAt(peer, "spec", "dynamicASN") === "internal" ||
      numberAt(peer, "spec", "myASN") === numberAt(peer, "spec", "peerASN"),
  );
}

function checkOwners({ snapshot, programs }: UpgradeContext): readonly UpgradeFinding[] {
  if (snapshot.l2Advertisements.length === 0 || programs.speaker === undefined) return [];
  const what = "of the nodes that may announce an address MetalLB always takes the first by a hash";
  const happens =
    "while a speaker of MetalLB is in the ring the agents do the same; then an address stays where it is, also when a node comes back";
  return [finding("note", ["cluster"], what, happens, "--owner-policy=hash keeps MetalLB's choice")];
}

function checkInternal(advertisement: JsonObject, { backend }: UpgradeContext): readonly UpgradeFinding[] {
  const title = titleOf("BGPAdvertisement", advertisement);
  const findings: UpgradeFinding[] = [];
  if (backend === "native" && (numberAt(advertisement, "spec", "localPref") ?? 0) === 0) {
    const what = "is 0, which MetalLB's native backend sends to routers of its own AS";
    findings.push(
      finding(
        "traffic",
        [title, "spec.localPref"],
        what,
        "it is not sent, and the routers assume 100: where they know other routes, these may go first now",
        "write localPref: 1 to stay behind the others",
      ),
    );
  }
  if (numberAt(advertisement, "spec", "asPathPrepend") !== undefined) {
    const what =
      "puts our own AS number into the path, also towards routers of our own AS, which drop such routes";
    findings.push(
      finding(
        "behaviour",
        [title, "spec.asPathPrepend"],
        what,
        "routers of our own AS get the route without it",
        nothingToDo,
      ),
    );
  }
  return findings;
}

/** What the native backend refuses beside peers: any of it stops the whole configuration. */
function checkNativeLimits({ snapshot }: UpgradeContext): readonly UpgradeFinding[] {
  const refused = "MetalLB's native backend refuses it, with the whole configuration";
  const advice = "remove it if it is not meant";
  const isIpv6 = (text: unknown): boolean => String(text).includes(":");
  const isLarge = (text: unknown): boolean => String(text).startsWith("large:");
  return [
    ...snapshot.ipAddressPools
      .filter((one) => snapshot.bgpAdvertisements.length > 0 && listAt(one, "spec", "addresses").some(isIpv6))
      .map((one) =>
        finding(
          "traffic",
          [titleOf("IPAddressPool", one), "spec.addresses"],
          `holds IPv6 addresses: where a BGPAdvertisement selects it ${refused}`,
          "they are announced over sessions that carry IPv6",
          advice,
        ),
      ),
    ...snapshot.bfdProfiles.map((one) =>
      finding("note", [titleOf("BFDProfile", one)], refused, "it is there for BGPPeers that name it", advice),
    ),
    ...snapshot.bgpAdvertisements
      .filter((one) => listAt(one, "spec", "communities").some(isLarge))
      .map((one) =>
        finding(
          "traffic",
          [titleOf("BGPAdvertisement", one), "spec.communities"],
          `holds a large community: ${refused}`,
          "it is sent",
          advice,
        ),
      ),
    ...snapshot.communities
      .filter((one) => objectsAt(one, "spec", "communities").some(({ value }) => isLarge(value)))
      .map((one) =>
        finding(
          "note",
          [titleOf("Community", one), "spec.communities"],
          `holds a large community: ${refused}`,
          "it can be used",
          advice,
        ),
      ),
  ];
}
