import { type JsonObject } from "@steelyard/model/foundation";
import { numberAt, textAt, titleOf, valueAt } from "./raw-object.ts";
import { finding, type UpgradeContext } from "./upgrade-context.ts";
import { type UpgradeFinding } from "./upgrade-report.ts";

/** What MetalLB's native backend refuses, and with it the whole configuration (reference metallb.md, section 2.3). */
const frrOnlyFields = [
  "bfdProfile",
  "keepaliveTime",
  "vrf",
  "connectTime",
  "enableGracefulRestart",
  "dualStackAddressFamily",
  "dynamicASN",
  "interface",
  "localASN",
];

/** BGPPeers, by what the backend that spoke to them so far made of them. */
export function checkPeers(context: UpgradeContext): readonly UpgradeFinding[] {
  const { bgpPeers } = context.snapshot;
  return [
    ...checkSessions(context),
    ...bgpPeers.flatMap((peer) => [
      ...checkTimers(peer, context),
      ...checkOldField(peer),
      ...checkSecret(peer, context),
      ...(context.backend === "native" ? checkNative(peer) : []),
      ...(context.backend === "frr-k8s" ? checkNotForwarded(peer) : []),
    ]),
  ];
}

function checkSessions({ snapshot }: UpgradeContext): readonly UpgradeFinding[] {
  if (snapshot.bgpPeers.length === 0) return [];
  const what = `${snapshot.bgpPeers.length} BGPPeers have sessions with MetalLB's speakers`;
  const happens =
    "the sessions of a node end with its speaker and begin with its agent: in between routers use the other nodes";
  return [
    finding(
      "note",
      ["cluster"],
      what,
      happens,
      "exchange speakers one by one, and wait for the sessions of each node",
    ),
  ];
}

function place(peer: JsonObject, field: string): readonly [string, string] {
  return [titleOf("BGPPeer", peer), `spec.${field}`];
}

function isGiven(peer: JsonObject, field: string): boolean {
  const value = valueAt(peer, "spec", field);
  return ![undefined, null, "", 0, false, "0s"].includes(value as string);
}

function checkTimers(peer: JsonObject, { backend }: UpgradeContext): readonly UpgradeFinding[] {
  const hold = textAt(peer, "spec", "holdTime");
  if (hold === "0s") {
    const what = "is 0s, as objects are that were written as v1beta1 without timers";
    return [
      finding(
        "note",
        place(peer, "holdTime"),
        what,
        "0s goes on to mean never: only BFD notices a router that dies",
        "remove holdTime and keepaliveTime to have 90 s and 30 s",
      ),
    ];
  }
  if (hold !== "" || backend === undefined || backend === "native") return [];
  const what = "is not given, for which FRR takes 180 s";
  return [
    finding(
      "note",
      place(peer, "holdTime"),
      what,
      "the agents propose 90 s",
      "write holdTime: 180s to keep it",
    ),
  ];
}

function checkOldField(peer: JsonObject): readonly UpgradeFinding[] {
  if (!isGiven(peer, "disableMP")) return [];
  return [
    finding(
      "note",
      place(peer, "disableMP"),
      "is deprecated",
      "it has no effect, as in MetalLB",
      "remove it",
    ),
  ];
}

function checkSecret(peer: JsonObject, context: UpgradeContext): readonly UpgradeFinding[] {
  const name = textAt(peer, "spec", "passwordSecret", "name");
  if (name === "") return [];
  const { namespace, secrets, unread } = context.snapshot;
  const where = textAt(peer, "spec", "passwordSecret", "namespace");
  const found = secrets.find((one) => one.name === name)?.found;
  const isRead = !unread.some((one) => one.startsWith("secrets"));
  const problem = isRead ? problemOf(found, namespace) : undefined;
  const isPassed = context.programs.speaker?.isOn("frrk8s-secret-passthrough") === true;
  if (problem !== undefined) {
    const what = `names Secret ${name}, ${problem}`;
    const happens = isPassed
      ? "frr-k8s reads it elsewhere (--frrk8s-secret-passthrough); without it the agents cannot set up the session"
      : "without it the agents cannot set up the session";
    return [
      finding(
        "traffic",
        place(peer, "passwordSecret"),
        what,
        happens,
        `make it in namespace ${namespace}, of type kubernetes.io/basic-auth with the key password`,
      ),
    ];
  }
  if (where === "" || where === namespace) return [];
  const what = `is ${where}, which is not looked at: the Secret is read in namespace ${namespace}`;
  return [
    finding("note", place(peer, "passwordSecret.namespace"), what, "the same as in MetalLB", "remove it"),
  ];
}

type FoundSecret = UpgradeContext["snapshot"]["secrets"][number]["found"];

function problemOf(found: FoundSecret, namespace: string): string | undefined {
  if (found === undefined) return `which is not in namespace ${namespace}`;
  if (found.type !== "kubernetes.io/basic-auth") return `which is of type ${found.type}`;
  return found.keys.includes("password") ? undefined : "which has no key password";
}

function checkNative(peer: JsonObject): readonly UpgradeFinding[] {
  const refused = frrOnlyFields.filter((field) => isGiven(peer, field));
  const isIpv6 = textAt(peer, "spec", "peerAddress").includes(":");
  return [
    ...refused.map((field) =>
      finding(
        "traffic",
        place(peer, field),
        "is refused by MetalLB's native backend, with the whole configuration",
        "it takes effect",
        "remove it, or make sure that the router expects it",
      ),
    ),
    ...(isIpv6
      ? [
          finding(
            "traffic",
            place(peer, "peerAddress"),
            "is IPv6, which MetalLB's native backend cannot reach",
            "the agents set the session up",
            "make sure that the router expects it",
          ),
        ]
      : []),
    ...checkHops(peer),
  ];
}

/** MetalLB's native backend leaves the TTL to the kernel, which is enough for 64 hops. */
function checkHops(peer: JsonObject): readonly UpgradeFinding[] {
  const isExternal = numberAt(peer, "spec", "myASN") !== numberAt(peer, "spec", "peerASN");
  if (!isExternal || isGiven(peer, "ebgpMultiHop")) return [];
  const what = "is not given, which MetalLB's native backend does not look at";
  const happens = "packets to a router of another AS travel one hop: one that is further away is not reached";
  return [
    finding(
      "behaviour",
      place(peer, "ebgpMultiHop"),
      what,
      happens,
      "write ebgpMultiHop: true if the router is not on the nodes' segment",
    ),
  ];
}

/** Quirk 1 of the reference: FRRConfiguration has fields for both, and nothing is written to them. */
function checkNotForwarded(peer: JsonObject): readonly UpgradeFinding[] {
  const happens = {
    sourceAddress: "the session comes from this address; where the node does not have it, there is none",
    localASN: "the router sees this AS number and has to expect it",
  };
  return Object.entries(happens).flatMap(([field, effect]) =>
    isGiven(peer, field)
      ? [
          finding(
            "traffic",
            place(peer, field),
            "is never passed on to frr-k8s",
            effect,
            "remove it to keep things as they are",
          ),
        ]
      : [],
  );
}
