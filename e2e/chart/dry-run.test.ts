import { describe, expect, jest, test } from "@jest/globals";
import { type ApiServer } from "../cluster/api-server.ts";
import { openBench } from "../cluster/contract/bench.ts";
import { refusalInDryRun } from "../cluster/dry-run.ts";
import { jsonText } from "../cluster/json.ts";
import { startKubeApiServer, whyNoKubeApiServer } from "../cluster/kube/start.ts";
import { startApiServer } from "../cluster/server.ts";
import { renderChart, whyNoHelm } from "./helm.ts";
import { documentsOf, groupOf, variantNames, variants } from "./variants.ts";

jest.setTimeout(60_000);

/** Prometheus' operator defines these, and neither server has it. */
const prometheus = "monitoring.coreos.com";

describe("what the chart renders, in a dry run", () => {
  describeServer("the embedded API server", () => startApiServer(), ["batch", prometheus], whyNoHelm);
  const why = whyNoHelm ?? whyNoKubeApiServer();
  describeServer("the genuine kube-apiserver", () => startKubeApiServer(), [prometheus], why);
});

function describeServer(
  title: string,
  start: () => Promise<ApiServer>,
  notServed: readonly string[],
  why: string | undefined,
): void {
  describe(title, () => {
    if (why === undefined) describeDryRun(start, notServed);
    else test.skip(`takes every object [skipped: ${why}]`, () => undefined);
  });
}

function describeDryRun(start: () => Promise<ApiServer>, notServed: readonly string[]): void {
  const bench = openBench(start);
  bench.namespace("metallb-system");
  bench.namespace("monitoring");

  test.each(variantNames)("takes every object of %s", async (name) => {
    const objects = documentsOf(await renderChart(variants[name]));
    const refusals: string[] = [];
    for (const object of objects.filter((it) => !notServed.includes(groupOf(it)))) {
      const refusal = await refusalInDryRun(bench.client(), object);
      if (refusal !== undefined) refusals.push(`${jsonText(object["kind"])}: ${refusal}`);
    }
    expect(refusals).toEqual([]);
    expect(objects.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["DaemonSet", "Deployment"]));
  });

  test("would refuse one with a typo in it", async () => {
    const rendered = await renderChart(variants.bgp);
    const pool = documentsOf(rendered.replace("\n  addresses:", "\n  adresses:")).find(
      ({ kind }) => kind === "IPAddressPool",
    );
    expect(await refusalInDryRun(bench.client(), pool ?? {})).toContain("adresses");
  });
}
