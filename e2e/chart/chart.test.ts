import { describe, expect, test } from "@jest/globals";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type JsonObject } from "../cluster/json.ts";
import { chartFolder, lintChart, renderChart, renderNotes, whyNoHelm } from "./helm.ts";
import { documentsOf, variants } from "./variants.ts";

const refusals: readonly (readonly [assignment: string, sentence: string])[] = [
  ["speaker.memberlist.enable=true", "additional properties 'enable' not allowed"],
  ["controler.replicas=1", "additional properties 'controler' not allowed"],
  ["speaker.ownerPolicy=stick", "must be one of 'sticky', 'hash'"],
  ["pools[0].name=a,pools[0].addresses={192.0.2.0/24},pools[0].autoasign=true", "'autoasign' not allowed"],
  ["pools[0].addresses={192.0.2.0/24}", "missing property 'name'"],
  ["pools[0].name=a,pools[0].addresses={::1/128},pools[1].name=a,pools[1].addresses={::2/128}", 'named "a"'],
  ["configInline.peers=none", "write pools, l2Advertisements"],
  ["prometheus.podMonitor.enabled=true", "prometheus.serviceAccount"],
  ["prometheus.podMonitor.enabled=true,prometheus.serviceMonitor.enabled=true", "choose one"],
  ["prometheus.scrapeAnnotations=true,prometheus.secureMetrics=false", "127.0.0.1 only"],
  ["speaker.nodeSelector.a=b,speaker.memberlist.enabled=false", "speaker.nodeSelector needs"],
  ["speaker.livenessProbe.port=1", "speaker.readinessProbe.port differ"],
];

if (whyNoHelm !== undefined) {
  describe("the chart", () => {
    test.skip(`renders [skipped: ${whyNoHelm}]`, () => undefined);
  });
} else {
  describe("the chart", describeChart);
}

function describeChart(): void {
  test("lints without a complaint", async () => {
    expect(await lintChart()).toContain("0 chart(s) failed");
  });

  test.each(Object.entries(variants))("renders %s as it did", async (name, rendering) => {
    const file = join(chartFolder, "tests", "golden", `${name}.yaml`);
    const rendered = withoutDefinitions(await renderChart(rendering));
    if (process.env["STEELYARD_GOLDEN"] === "write") await writeFile(file, rendered);
    expect(rendered).toBe(await readFile(file, "utf8"));
  });

  test.each(refusals)("refuses %s", async (assignment, sentence) => {
    await expect(renderChart({ set: [assignment] })).rejects.toThrow(sentence);
  });

  test("refuses a Kubernetes that does not check the rules in our definitions", async () => {
    await expect(renderChart({ kubeVersion: "1.24.9" })).rejects.toThrow("Kubernetes v1.24.9 is too old");
  });

  test("renders with what a user has taken away by null", async () => {
    const emptied = [
      "pools",
      "bgpPeers",
      "rbac.secretNames",
      "frrk8s",
      "speaker.frr",
      "speaker.startupProbe",
    ];
    const ofPods = [
      "podAnnotations",
      "nodeSelector",
      "securityContext",
      "tolerations",
      "affinity",
      "resources",
    ];
    const paths = [
      ...emptied,
      ...["controller", "speaker"].flatMap((it) => ofPods.map((key) => `${it}.${key}`)),
    ];
    expect(await renderChart({ set: paths.map((path) => `${path}=null`) })).toContain("kind: DaemonSet");
  });

  test("keeps every definition when the release goes", async () => {
    const definitions = documentsOf(await renderChart()).filter(isDefinition);
    expect(definitions).toHaveLength(9);
    for (const { metadata } of definitions) {
      expect(metadata).toHaveProperty(["annotations", "helm.sh/resource-policy"], "keep");
    }
  });

  test("creates pools after their kind where that is new, and with all others where it is not", async () => {
    const [first] = poolsOf(await renderChart({ values: ["bgp"] }));
    expect(first).toHaveProperty(["metadata", "annotations", "helm.sh/hook"], "post-install,post-upgrade");
    const apiVersions = ["metallb.io/v1beta1/IPAddressPool"];
    const [next] = poolsOf(await renderChart({ values: ["bgp"], apiVersions }));
    expect(next).not.toHaveProperty(["metadata", "annotations", "helm.sh/hook"]);
  });

  test("says that there is no pool, or that nothing is announced", async () => {
    expect(await renderNotes()).toContain("THERE IS NO POOL YET");
    const pool = ["pools[0].name=a,pools[0].addresses={192.0.2.0/24}"];
    expect(await renderNotes({ set: pool })).toContain("NOTHING IS ANNOUNCED YET");
    expect(await renderNotes({ set: [...pool, "l2Advertisements[0].name=a"] })).toContain("Next:");
  });

  test("names what of MetalLB's values has no effect, and runs its own programs", async () => {
    const notes = await renderNotes(variants.metallb);
    for (const value of ["frrk8s:", "frr-k8s:", "crds.validationFailurePolicy:", "controller.image:"])
      expect(notes).toContain(`\n  ${value}`);
    expect(await renderNotes({ set: ["pools=null"] })).not.toContain("no effect");
    expect(await renderChart(variants.metallb)).not.toContain("quay.io");
  });
}

/** They are crds/ word for word, which the drift check sees to. */
function withoutDefinitions(rendered: string): string {
  return rendered
    .split(/^---\n/m)
    .filter((text) => !text.includes("\nkind: CustomResourceDefinition\n"))
    .join("---\n");
}

function isDefinition({ kind }: JsonObject): boolean {
  return kind === "CustomResourceDefinition";
}

function poolsOf(rendered: string): readonly JsonObject[] {
  return documentsOf(rendered).filter(({ kind }) => kind === "IPAddressPool");
}
