import { describe, expect, test } from "@jest/globals";
import { openBench } from "../contract/bench.ts";
import { type ApiServer } from "../api-server.ts";
import { refusalInDryRun } from "../dry-run.ts";
import { objectBlocks } from "./yaml-blocks.ts";

/** Every Kubernetes object of the documentation is applied, as `kubectl apply --server-side` would, and nothing is kept. */
export function documentedObjects(start: () => Promise<ApiServer>): void {
  const bench = openBench(start);
  const blocks = objectBlocks();

  describe("the objects of the documentation", () => {
    bench.namespace("metallb-system");

    test("there are some", () => {
      expect(blocks.length).toBeGreaterThan(15);
    });

    test.each(blocks.map((block) => [block.place, block] as const))("%s", async (_place, { documents }) => {
      for (const object of documents) expect(await refusalInDryRun(bench.client(), object)).toBeUndefined();
    });

    test("one with a typo in it would be refused", async () => {
      const object = {
        apiVersion: "metallb.io/v1beta1",
        kind: "IPAddressPool",
        metadata: { name: "home", namespace: "metallb-system" },
        spec: { adresses: ["192.168.7.40-192.168.7.49"] },
      };
      expect(await refusalInDryRun(bench.client(), object)).toContain("adresses");
    });
  });
}
