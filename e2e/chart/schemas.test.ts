import { afterAll, describe, expect, jest, test } from "@jest/globals";
import { renderChart, whyNoHelm } from "./helm.ts";
import { judge, kubernetesVersions, whyNoJudge } from "./schemas.ts";
import { documentsOf, groupOf, isForeign, variantNames, variants } from "./variants.ts";

jest.setTimeout(60_000);

describe.each(kubernetesVersions)("rendered for Kubernetes %s", (version) => {
  const why = whyNoHelm ?? whyNoJudge(version);
  if (why === undefined) describeJudging(version);
  else test.skip(`every object is one of its types [skipped: ${why}]`, () => undefined);
});

function describeJudging(version: string): void {
  let valid = 0;
  const notJudged = new Set<string>();
  afterAll(() => {
    const others = [...notJudged].sort().join(", ");
    process.stderr.write(`Kubernetes ${version}: ${valid} rendered objects valid; not judged: ${others}\n`);
  });

  test.each(variantNames)("every object of %s decodes strictly", async (name) => {
    const rendered = await renderChart({ ...variants[name], kubeVersion: `${version}.0` });
    const judgement = await judge(version, rendered);
    const objects = documentsOf(rendered);
    const own = objects.filter((object) => !isForeign(object));
    expect(judgement).toMatchObject({ invalid: [], valid: own.length });
    expect(own.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["DaemonSet", "Deployment"]));
    expect(judgement.kubernetes).toMatch(`v0.${version.replace("1.", "")}.`);
    expect(Object.keys(judgement.notJudged).sort()).toEqual(foreignGroups(objects));
    valid += judgement.valid;
    for (const group of foreignGroups(objects)) notJudged.add(group);
  });

  test("only objects of Prometheus' and MetalLB's kinds are left to others", () => {
    expect([...notJudged].sort()).toEqual(["metallb.io", "monitoring.coreos.com"]);
  });

  test.each([
    ["a misspelled field", "  replicas: 2\n", "  replicsa: 1\n", 'unknown field "spec.replicsa"'],
    ["a key written twice", "  replicas: 2\n", "  replicas: 2\n  replicas: 2\n", "already set in map"],
    ["a value of the wrong type", "  replicas: 2\n", "  replicas: one\n", "cannot unmarshal string"],
    ["a kind that is none", "kind: Deployment\n", "kind: Deploymnt\n", 'no kind "Deploymnt"'],
  ])("%s would be found", async (_what, good, bad, sentence) => {
    const rendered = await renderChart({ kubeVersion: `${version}.0` });
    expect(rendered).toContain(good);
    const { invalid } = await judge(version, rendered.replace(good, bad));
    expect(invalid).toEqual([expect.stringContaining(sentence)]);
  });
}

function foreignGroups(objects: ReturnType<typeof documentsOf>): readonly string[] {
  return [...new Set(objects.filter(isForeign).map(groupOf))].sort();
}
