import { type JsonObject } from "@steelyard/model/foundation";
import { nameOf, objectsAt, textAt, titleOf, valueAt } from "./raw-object.ts";
import { finding, type UpgradeContext } from "./upgrade-context.ts";
import { type UpgradeFinding } from "./upgrade-report.ts";

/** What only FRR and frr-k8s do, and MetalLB's ConfigMaps. */
export function checkFrr(context: UpgradeContext): readonly UpgradeFinding[] {
  const { snapshot } = context;
  return [
    ...snapshot.configMaps.flatMap(checkConfigMap),
    ...snapshot.frrConfigurations.flatMap((one) => checkFrrConfiguration(one, context)),
    ...checkMetrics(context),
  ];
}

function checkConfigMap(map: JsonObject): readonly UpgradeFinding[] {
  const title = titleOf("ConfigMap", map);
  const extras = textAt(map, "data", "extras").trim();
  if (nameOf(map) === "bgpextras" && extras !== "") {
    const what = `holds ${extras.split("\n").length} lines for FRR's configuration`;
    const happens = "they are not read: what they do to routes and sessions is gone";
    return [
      finding(
        "traffic",
        [title, "data.extras"],
        what,
        happens,
        "say it with BGPPeer, BGPAdvertisement and Community, or at the router; docs/bgp.md says what there is",
      ),
    ];
  }
  if (isList(map)) return checkExclusions(map);
  if (nameOf(map) === "config" && /^(address-pools|peers):/m.test(textAt(map, "data", "config"))) {
    const what = "is a configuration of MetalLB before 0.13, which no later one reads";
    return [
      finding(
        "note",
        [title, "data.config"],
        what,
        "it is not read here either",
        "operator.mjs import prints it as objects; delete it",
      ),
    ];
  }
  return [];
}

const listKey = "excludel2.yaml";

function isList(map: JsonObject): boolean {
  return textAt(map, "data", listKey) !== "";
}

/** What MetalLB's manifests and Steelyard's chart both exclude. */
const usualExclusions = [
  "^docker.*",
  "^cbr.*",
  "^dummy.*",
  "^virbr.*",
  "^lxcbr.*",
  "^veth.*",
  "^lo$",
  "^cali.*",
  "^tunl.*",
  "^flannel.*",
  "^kube-ipvs.*",
  "^cni.*",
  "^nodelocaldns.*",
  "^lxc.*",
];

/** The text is YAML with one list, whose entries are all that is compared. */
function checkExclusions(map: JsonObject): readonly UpgradeFinding[] {
  const entries = [...textAt(map, "data", listKey).matchAll(/^\s*-\s*(.+?)\s*$/gm)];
  const patterns = entries.map(([, entry = ""]) => entry.replaceAll(/^["']|["']$/g, ""));
  const own = patterns.filter((pattern) => !usualExclusions.includes(pattern));
  const fewer = usualExclusions.filter((pattern) => !patterns.includes(pattern));
  if (own.length === 0 && fewer.length === 0) return [];
  const parts = [
    ...(own.length === 0 ? [] : [`excludes ${own.join(", ")} besides`]),
    ...(fewer.length === 0 ? [] : [`does not exclude ${fewer.join(", ")}`]),
  ];
  const happens =
    "the chart has a list of its own, and addresses are announced on interfaces that it does not name";
  const advice = "give the chart the same list (value speaker.excludeInterfaces.patterns)";
  return [
    finding(
      "behaviour",
      [titleOf("ConfigMap", map), `data["${listKey}"]`],
      parts.join(" and "),
      happens,
      advice,
    ),
  ];
}

function checkFrrConfiguration(
  configuration: JsonObject,
  { backend, snapshot }: UpgradeContext,
): readonly UpgradeFinding[] {
  const title = titleOf("FRRConfiguration", configuration);
  const isOfSpeaker = snapshot.nodes.some((node) => nameOf(configuration) === `metallb-${nameOf(node)}`);
  if (isOfSpeaker) {
    const what = "is what a speaker has frr-k8s announce from its node";
    const happens =
      "it outlives the speaker: frr-k8s goes on holding the sessions, from the address that the agent wants to use, and announces what was announced last";
    return [
      finding(
        "traffic",
        [title],
        what,
        happens,
        `delete it when the speaker of the node is gone: kubectl -n ${textAt(configuration, "metadata", "namespace")} delete frrconfiguration ${nameOf(configuration)}`,
      ),
    ];
  }
  if (backend !== "frr-k8s") return [];
  const raw = textAt(configuration, "spec", "raw", "rawConfig");
  const learns = objectsAt(configuration, "spec", "bgp", "routers").some((router) =>
    objectsAt(router, "neighbors").some((one) => valueAt(one, "toReceive") !== undefined),
  );
  const parts = [
    ...(raw === "" ? [] : ["text for FRR (spec.raw)"]),
    ...(learns ? ["routes to be taken from routers (toReceive)"] : []),
  ];
  const what = `is merged by frr-k8s with what the speakers announce${parts.length === 0 ? "" : `; it holds ${parts.join(" and ")}`}`;
  const happens =
    "it applies to frr-k8s alone, which has no sessions of MetalLB's BGPPeers any more; the agents use no routes that a router sends";
  return [
    finding(
      "traffic",
      [title, "spec"],
      what,
      happens,
      "keep frr-k8s for it on another address or port, or give up what it does",
    ),
  ];
}

function checkMetrics({ backend }: UpgradeContext): readonly UpgradeFinding[] {
  if (backend !== "frr-k8s") return [];
  const what = "sessions are in the metrics frrk8s_bgp_* and frrk8s_bfd_*";
  return [
    finding(
      "behaviour",
      ["cluster"],
      what,
      "they are called metallb_bgp_* and metallb_bfd_* in the agents' metrics",
      "rename them in dashboards and alerts",
    ),
  ];
}
