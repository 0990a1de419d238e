import { describe, expect, test } from "@jest/globals";
import { type JsonObject } from "@steelyard/model/foundation";
import { type PlannedService } from "../plan/index.ts";
import { checkUpgrade } from "./check-upgrade.ts";
import { type ClusterSnapshot, type UpgradeOptions } from "./cluster-snapshot.ts";
import { clusterOf, controller, node, object, peer, service, speaker, withSpec } from "./testing/cluster.ts";
import { upgradeExitCodeOf, type UpgradeReport } from "./upgrade-report.ts";

const excludeLabel = "node.kubernetes.io/exclude-from-external-load-balancers";

function check(parts: Partial<ClusterSnapshot>, options: Partial<UpgradeOptions> = {}): UpgradeReport {
  return checkUpgrade(clusterOf(parts), { lbClasses: [], consequences: [], ...options });
}

/** `traffic BGPPeer metallb-system/tor spec.sourceAddress`, without what every cluster is told. */
function told(report: UpgradeReport): readonly string[] {
  const usual = new Set(titlesOf(check({})));
  return titlesOf(report).filter((title) => !usual.has(title));
}

function titlesOf({ findings }: UpgradeReport): readonly string[] {
  return findings.map(({ severity, object: where, field }) => `${severity} ${where} ${field}`.trim());
}

function frrSpeaker(type: string, args: readonly string[] = []): readonly JsonObject[] {
  return [speaker({ args, env: { METALLB_BGP_TYPE: type } })];
}

test("a cluster in which nothing is peculiar is told what everybody is told, and traffic stays", () => {
  const report = check({});
  expect(report).toMatchObject({
    verdict: "same",
    metallb: {
      version: "0.16.2",
      bgpBackend: "native",
      lbClass: "",
      controller: "Deployment metallb-system/controller",
      speaker: "DaemonSet metallb-system/speaker",
    },
    counts: { traffic: 0, behaviour: 0 },
  });
  expect(upgradeExitCodeOf(report)).toBe(0);
  expect(titlesOf(report)).toEqual([
    "note DaemonSet metallb-system/speaker --gratuitous-arp-interval",
    "note DaemonSet metallb-system/speaker --ml-labels",
    "note cluster",
  ]);
  for (const { what, happens, advice } of report.findings)
    for (const text of [what, happens, advice]) expect(text).not.toBe("");
});

test("a cluster without MetalLB says so, and judges the rest", () => {
  const report = check({ deployments: [], daemonSets: [], bgpPeers: [peer("tor", { myASN: 0 })] });
  expect(report.metallb).toMatchObject({ version: null, bgpBackend: null, controller: null });
  expect(titlesOf(report)).toEqual([
    "traffic BGPPeer metallb-system/tor spec.myASN",
    "note cluster",
    "note cluster",
  ]);
});

interface Row {
  readonly name: string;
  readonly parts: Partial<ClusterSnapshot>;
  readonly options?: Partial<UpgradeOptions>;
  readonly told: readonly string[];
}

function runs(rows: readonly Row[]): void {
  test.each(rows.map((row) => [row.name, row] as const))("%s", (_, { parts, options, told: wanted }) => {
    expect(told(check(parts, options))).toEqual(wanted);
  });
}

describe("programs", () => {
  runs([
    {
      name: "flags and variables without effect, in every spelling",
      parts: {
        deployments: [controller({ args: ["--webhook-secret", "x", "-cert-dir=/a", "--webhook-http2"] })],
        daemonSets: [
          speaker({
            args: ["--frrk8s-namespace=frr"],
            env: { METALLB_BGP_DEBOUNCE_TIMEOUT: "500", METALLB_HOST: "" },
          }),
        ],
      },
      told: [
        "note DaemonSet metallb-system/speaker --frrk8s-namespace",
        "note DaemonSet metallb-system/speaker METALLB_BGP_DEBOUNCE_TIMEOUT",
        "note Deployment metallb-system/controller --cert-dir",
        "note Deployment metallb-system/controller --webhook-http2",
        "note Deployment metallb-system/controller --webhook-secret",
      ],
    },
    {
      name: "a controller that gives no addresses",
      parts: { deployments: [controller({ args: ["--webhook-mode=onlywebhook"] })] },
      told: ["behaviour Deployment metallb-system/controller --webhook-mode"],
    },
    {
      name: "FRR beside the speaker, and a speaker that is killed",
      parts: {
        daemonSets: [speaker({ beside: ["frr", "reloader"], podSpec: { terminationGracePeriodSeconds: 0 } })],
      },
      told: [
        "behaviour DaemonSet metallb-system/speaker",
        "note DaemonSet metallb-system/speaker spec.template.spec.terminationGracePeriodSeconds",
      ],
    },
    {
      name: "a ring whose key is made otherwise",
      parts: { daemonSets: [speaker({ image: "mirror.example:5000/metallb/speaker:v0.16.1" })] },
      told: ["traffic DaemonSet metallb-system/speaker image"],
    },
    {
      name: "a ring of whose key nothing is known",
      parts: { daemonSets: [speaker({ image: "quay.io/metallb/speaker:main" })] },
      told: ["note DaemonSet metallb-system/speaker image"],
    },
    {
      name: "a ring without encryption has no key to be made otherwise",
      parts: { daemonSets: [speaker({ image: "speaker:v0.15.3", env: { METALLB_ML_SECRET_KEY_PATH: "" } })] },
      told: [],
    },
    {
      name: "no ring",
      parts: { daemonSets: [speaker({ env: { METALLB_ML_LABELS: "" } })] },
      told: ["behaviour DaemonSet metallb-system/speaker --ml-labels"],
    },
  ]);

  test("what the chart has to be given to gossip with the speakers", () => {
    const [ring] = check({}).findings.filter(({ field }) => field === "--ml-labels");
    expect(ring?.advice).toBe(
      "while both run, give the chart speaker.secretName=memberlist, speaker.memberlist.labels so that it selects the Pods with app=metallb,component=speaker",
    );
  });

  test("Steelyard's own Pods are no MetalLB", () => {
    const own = speaker({ image: "example.org/steelyard/speaker:0.1.0" });
    expect(check({ daemonSets: [own] }).metallb.speaker).toBeNull();
  });
});

describe("definitions and webhooks", () => {
  const converting = (storedVersions: readonly string[]): JsonObject => ({
    metadata: { name: "bgppeers.metallb.io" },
    spec: { group: "metallb.io", conversion: { strategy: "Webhook" } },
    status: { storedVersions },
  });
  runs([
    {
      name: "a conversion by a webhook that goes",
      parts: { definitions: [converting(["v1beta2"])] },
      told: ["behaviour CustomResourceDefinition bgppeers.metallb.io spec.conversion"],
    },
    {
      name: "definitions that Helm would delete with the release",
      parts: {
        definitions: [
          {
            metadata: {
              name: "ipaddresspools.metallb.io",
              annotations: { "meta.helm.sh/release-name": "metallb" },
            },
            spec: { group: "metallb.io" },
          },
          {
            metadata: { name: "others.example.org" },
            spec: { group: "example.org", conversion: { strategy: "Webhook" } },
          },
        ],
      },
      told: [
        'traffic CustomResourceDefinition *.metallb.io metadata.annotations["meta.helm.sh/release-name"]',
      ],
    },
    {
      name: "a webhook that refuses every write once its program is gone",
      parts: {
        webhooks: [
          {
            metadata: { name: "metallb-webhook-configuration" },
            webhooks: [{ failurePolicy: "Fail", rules: [{ apiGroups: ["metallb.io"] }] }],
          },
          {
            metadata: { name: "other" },
            webhooks: [{ failurePolicy: "Fail", rules: [{ apiGroups: ["apps"] }] }],
          },
          {
            metadata: { name: "lenient" },
            webhooks: [{ failurePolicy: "Ignore", rules: [{ apiGroups: ["metallb.io"] }] }],
          },
        ],
      },
      told: ["behaviour ValidatingWebhookConfiguration metallb-webhook-configuration webhooks"],
    },
  ]);
});

describe("Services", () => {
  const planned: PlannedService = {
    service: "shop/web",
    consequence: "keeps",
    before: ["192.0.2.1"],
    after: ["192.0.2.1"],
    poolBefore: "lan",
    poolAfter: "lan",
    changes: [],
    reason: "192.0.2.1 from pool lan",
    isPending: false,
  };
  runs([
    {
      name: "old names of annotations and the old field",
      parts: {
        services: [
          service(
            "web",
            { loadBalancerIP: "192.0.2.3" },
            { annotations: { "metallb.universe.tf/address-pool": "lan", "example.org/x": "y" } },
          ),
          service("off", { type: "ClusterIP", loadBalancerIP: "192.0.2.4" }),
        ],
      },
      told: [
        'note Service shop/web metadata.annotations["metallb.universe.tf/address-pool"]',
        "note Service shop/web spec.loadBalancerIP",
      ],
    },
    {
      name: "a class that MetalLB serves and Steelyard would not",
      parts: {
        deployments: [controller({ args: ["--lb-class=metallb"] })],
        services: [service("web", { loadBalancerClass: "metallb" }), service("other")],
      },
      told: [
        "traffic Service shop/other spec.loadBalancerClass",
        "traffic Service shop/web spec.loadBalancerClass",
        "behaviour Deployment metallb-system/controller --lb-class",
      ],
    },
    {
      name: "the same class",
      parts: {
        deployments: [controller({ args: ["--lb-class=metallb"] })],
        daemonSets: [speaker({ args: ["--lb-class", "metallb"] })],
        services: [service("web", { loadBalancerClass: "metallb" }), service("other")],
      },
      options: { lbClasses: ["metallb"] },
      told: [],
    },
    {
      name: "addresses that the operator would take, change or give on its first day",
      parts: {},
      options: {
        consequences: [
          planned,
          { ...planned, service: "shop/a", consequence: "loses", after: [], isPending: true },
          { ...planned, service: "shop/b", consequence: "moves", after: ["192.0.2.2"], isPending: true },
          { ...planned, service: "shop/c", consequence: "gains", before: [], isPending: true },
          { ...planned, service: "shop/d", consequence: "waits", before: [], after: [] },
        ],
      },
      told: [
        "traffic Service shop/a status.loadBalancer.ingress",
        "traffic Service shop/b status.loadBalancer.ingress",
        "behaviour Service shop/c status.loadBalancer.ingress",
      ],
    },
  ]);
});

describe("nodes", () => {
  const excluded = { [excludeLabel]: "" };
  runs([
    {
      name: "one of two is excluded",
      parts: { nodes: [node("a", excluded), node("b")] },
      told: [`note Node a metadata.labels["${excludeLabel}"]`],
    },
    {
      name: "all are",
      parts: { nodes: [node("a", excluded)] },
      told: [`traffic Node a metadata.labels["${excludeLabel}"]`],
    },
    {
      name: "the speakers are told to ignore it",
      parts: {
        nodes: [node("a", excluded), node("b")],
        daemonSets: [speaker({ args: ["--ignore-exclude-lb"] })],
      },
      told: [`traffic Node a metadata.labels["${excludeLabel}"]`],
    },
  ]);
});

describe("pools", () => {
  const pool = (name: string, rest: JsonObject, at = 0): JsonObject =>
    withSpec(name, { addresses: [`192.0.2.${at}/28`], ...rest });
  runs([
    {
      name: "namespaceSelectors that match nothing, which MetalLB takes for no restriction",
      parts: {
        ipAddressPools: [
          pool("a", { serviceAllocation: { namespaceSelectors: [{ matchLabels: { team: "nobody" } }] } }),
          pool("b", { serviceAllocation: { namespaceSelectors: [{ matchLabels: { team: "a" } }] } }, 16),
        ],
      },
      told: [
        "behaviour IPAddressPool metallb-system/a spec.serviceAllocation.namespaceSelectors",
        "note IPAddressPool a, b spec.serviceAllocation.priority",
        // Our own parser says it too.
        "note IPAddressPool metallb-system/a spec.serviceAllocation.namespaceSelectors",
      ],
    },
    {
      name: "pools in random order",
      parts: { ipAddressPools: [pool("b", {}), pool("a", {}, 16), pool("c", { autoAssign: false }, 32)] },
      told: ["note IPAddressPool a, b"],
    },
    {
      name: "a priority below zero",
      parts: { ipAddressPools: [pool("a", { serviceAllocation: { priority: -1 } })] },
      told: ["behaviour IPAddressPool metallb-system/a spec.serviceAllocation.priority"],
    },
    {
      name: "pools that our parser refuses",
      parts: { ipAddressPools: [pool("a", {}), withSpec("b", { addresses: ["192.0.2.9"] })] },
      told: ["traffic IPAddressPool metallb-system/b spec.addresses[0]", "note IPAddressPool a, b"],
    },
    {
      name: "a configuration that MetalLB refuses",
      parts: {
        configurationStates: [
          object("speaker-a", { status: { result: "Invalid", errorSummary: "one\ntwo" } }),
        ],
      },
      told: ["traffic ConfigurationState speaker-a status.result"],
    },
  ]);
});

describe("BGP", () => {
  const advertisement = (spec: JsonObject = {}): readonly JsonObject[] => [withSpec("edge", spec)];
  runs([
    {
      name: "native: what it refuses, TTL, and a preference of 0",
      parts: {
        bgpPeers: [
          peer("tor", { peerASN: 64513, bfdProfile: "fast", keepaliveTime: "30s" }),
          peer("six", { peerAddress: "2001:db8::1" }),
        ],
        bfdProfiles: [withSpec("fast", {})],
        bgpAdvertisements: advertisement({ communities: ["large:1:2:3"] }),
      },
      told: [
        "traffic BGPAdvertisement metallb-system/edge spec.communities",
        "traffic BGPAdvertisement metallb-system/edge spec.localPref",
        "traffic BGPPeer metallb-system/six spec.peerAddress",
        "traffic BGPPeer metallb-system/tor spec.bfdProfile",
        "traffic BGPPeer metallb-system/tor spec.keepaliveTime",
        "behaviour BGPPeer metallb-system/tor spec.ebgpMultiHop",
        "note BFDProfile metallb-system/fast",
      ],
    },
    {
      name: "native: IPv6 addresses under a BGPAdvertisement",
      parts: {
        ipAddressPools: [withSpec("dual", { addresses: ["192.0.2.0/28", "2001:db8::/120"] })],
        bgpAdvertisements: advertisement(),
      },
      told: ["traffic IPAddressPool metallb-system/dual spec.addresses"],
    },
    {
      name: "frr: the hold time, extra text, and what is deprecated",
      parts: {
        daemonSets: frrSpeaker("frr"),
        bgpPeers: [peer("tor", { holdTime: "", disableMP: true, sourceAddress: "192.0.2.9" })],
        configMaps: [
          object("bgpextras", { data: { extras: "router bgp 64512\n" } }),
          object("other", { data: { extras: "x" } }),
        ],
      },
      told: [
        "traffic ConfigMap metallb-system/bgpextras data.extras",
        "note BGPPeer metallb-system/tor spec.disableMP",
        "note BGPPeer metallb-system/tor spec.holdTime",
      ],
    },
    {
      name: "frr-k8s: fields that it was never told of, and its own objects",
      parts: {
        daemonSets: frrSpeaker("frr-k8s"),
        bgpPeers: [peer("tor", { sourceAddress: "192.0.2.9", localASN: 64600 })],
        frrConfigurations: [
          object("metallb-a", { spec: {} }),
          object("mine", { spec: { bgp: { routers: [{ neighbors: [{ toReceive: {} }] }] } } }),
        ],
      },
      told: [
        "traffic BGPPeer metallb-system/tor spec.localASN",
        "traffic BGPPeer metallb-system/tor spec.sourceAddress",
        "traffic FRRConfiguration metallb-system/metallb-a",
        "traffic FRRConfiguration metallb-system/mine spec",
        "behaviour cluster",
      ],
    },
    {
      name: "timers of 0s, as MetalLB's conversion writes them",
      parts: { bgpPeers: [peer("tor", { holdTime: "0s", keepaliveTime: "0s" })] },
      told: ["note BGPPeer metallb-system/tor spec.holdTime"],
    },
    {
      name: "a Secret that only frr-k8s finds",
      parts: {
        daemonSets: frrSpeaker("frr-k8s", ["--frrk8s-secret-passthrough"]),
        bgpPeers: [peer("tor", { passwordSecret: { name: "tor", namespace: "frr-k8s-system" } })],
        secrets: [{ name: "tor", found: undefined }],
      },
      told: [
        "traffic BGPPeer metallb-system/tor spec.passwordSecret",
        "behaviour cluster",
        "note DaemonSet metallb-system/speaker --frrk8s-secret-passthrough",
      ],
    },
    {
      name: "a Secret that is as it should be, with a namespace that nobody looks at",
      parts: {
        bgpPeers: [peer("tor", { passwordSecret: { name: "tor", namespace: "elsewhere" } })],
        secrets: [{ name: "tor", found: { type: "kubernetes.io/basic-auth", keys: ["password"] } }],
      },
      told: ["note BGPPeer metallb-system/tor spec.passwordSecret.namespace"],
    },
    {
      name: "prepending towards routers of our own AS",
      parts: {
        daemonSets: frrSpeaker("frr"),
        bgpPeers: [peer("tor")],
        bgpAdvertisements: advertisement({ asPathPrepend: 2, localPref: 100 }),
      },
      told: ["behaviour BGPAdvertisement metallb-system/edge spec.asPathPrepend"],
    },
  ]);

  test("the metrics of frr-k8s have other names", () => {
    const { findings } = check({ daemonSets: frrSpeaker("frr-k8s") });
    expect(findings.map(({ what }) => what).join()).toContain("frrk8s_bgp_*");
  });
});

test.each([
  [
    "announcedInterfacesToExclude:\n- ^docker.*\n- ^eth9$",
    "excludes ^eth9$ besides and does not exclude ^cbr.*",
  ],
  ["announcedInterfacesToExclude: []", "does not exclude ^docker.*"],
])("a list of excluded interfaces of one's own is not the chart's: %j", (text, what) => {
  const map = object("metallb-excludel2", { data: { "excludel2.yaml": text } });
  const [found] = check({ configMaps: [map] }).findings.filter(({ field }) => field.includes("excludel2"));
  expect(found).toMatchObject({ severity: "behaviour" });
  expect(found?.what).toContain(what);
});

test("a configuration from before 0.13 is pointed to the importer", () => {
  const config = object("config", { data: { config: "address-pools:\n- name: a\n" } });
  const { findings } = check({ configMaps: [config] });
  expect(findings.find(({ field }) => field === "data.config")?.advice).toContain("operator.mjs import");
});

test("kinds that could not be read are named, and a Secret that could not be read is no missing one", () => {
  const unread = ["secrets metallb-system/tor: forbidden"];
  const report = check({ bgpPeers: [peer("tor", { passwordSecret: { name: "tor" } })], unread });
  expect(report.unread).toEqual(unread);
  expect(told(report)).toEqual([]);
});
