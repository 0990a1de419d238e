import { describe, expect, test } from "@jest/globals";
import { type ClusterObject } from "../client.ts";
import { type Bench, configMap, pool, refusalOf, service } from "./bench.ts";

const maps = "/api/v1/namespaces/deletion/configmaps";
const pools = "/apis/metallb.io/v1beta1/namespaces/deletion/ipaddresspools";

/** Deleting: at once, under conditions, held by finalizers, many at a time. */
export function deletionContract(bench: Bench): void {
  describe("deletion", () => {
    bench.namespace("deletion");

    test("most kinds answer with a Status that names what is gone", async () => {
      const made = await bench.client().create<ClusterObject>(pools, pool("gone"));
      const answer = await bench.client().delete(`${pools}/gone`);
      expect(answer).toMatchObject({
        kind: "Status",
        status: "Success",
        details: { name: "gone", group: "metallb.io", kind: "ipaddresspools", uid: made.metadata.uid },
      });
      expect(await bench.client().find(`${pools}/gone`)).toBeUndefined();
    });

    test("a Service answers with what it was", async () => {
      const services = "/api/v1/namespaces/deletion/services";
      await bench.client().create(services, service("gone"));
      expect(await bench.client().delete(`${services}/gone`)).toMatchObject({
        kind: "Service",
        metadata: { name: "gone" },
      });
    });

    test("preconditions must hold", async () => {
      const client = bench.client();
      const { metadata } = await client.create<ClusterObject>(maps, configMap("guarded"));
      const wrongUid = await client.request("DELETE", `${maps}/guarded`, {
        body: { preconditions: { uid: "other" } },
      });
      expect(refusalOf(wrongUid)).toMatchObject({ code: 409, reason: "Conflict" });
      const wrongVersion = await client.request("DELETE", `${maps}/guarded`, {
        body: { preconditions: { resourceVersion: "1" } },
      });
      expect(refusalOf(wrongVersion)).toMatchObject({ code: 409, reason: "Conflict" });
      const { uid, resourceVersion } = metadata;
      await client.delete(`${maps}/guarded`, { preconditions: { uid, resourceVersion } });
      expect(await client.find(`${maps}/guarded`)).toBeUndefined();
    });

    test("deleting what is not there is 404", async () => {
      expect(refusalOf(await bench.client().request("DELETE", `${maps}/never`))).toMatchObject({
        code: 404,
        reason: "NotFound",
      });
    });

    test("a finalizer holds the object until it is taken away", async () => {
      const client = bench.client();
      const finalizers = ["steelyard.io/test"];
      await client.create(pools, { ...pool("held"), metadata: { name: "held", finalizers } });
      const marked = (await client.delete(`${pools}/held`)) as ClusterObject;
      expect(marked).toMatchObject({
        kind: "IPAddressPool",
        metadata: { finalizers, deletionGracePeriodSeconds: 0, generation: 2 },
      });
      expect(marked.metadata).toHaveProperty("deletionTimestamp");
      const again = (await client.delete(`${pools}/held`)) as ClusterObject;
      expect(again.metadata.resourceVersion).toBe(marked.metadata.resourceVersion);
      const added = { metadata: { finalizers: [...finalizers, "steelyard.io/late"] } };
      const late = await client.request("PATCH", `${pools}/held`, {
        body: added,
        contentType: "application/merge-patch+json",
      });
      expect(refusalOf(late)).toMatchObject({ code: 422 });
      expect(refusalOf(late).causes).toContain("FieldValueForbidden metadata.finalizers");
      await client.mergePatch(`${pools}/held`, { metadata: { finalizers: null } });
      expect(await client.find(`${pools}/held`)).toBeUndefined();
    });

    test("a dry run deletes nothing", async () => {
      await bench.client().create(maps, configMap("kept"));
      await bench.client().delete(`${maps}/kept?dryRun=All`);
      expect(await bench.client().find(`${maps}/kept`)).toBeDefined();
    });

    test("a whole selection can be deleted", async () => {
      const client = bench.client();
      for (const [name, tier] of [
        ["one", "a"],
        ["two", "a"],
        ["three", "b"],
      ] as const) {
        await client.create(maps, configMap(`many-${name}`, { labels: { tier } }));
      }
      await client.delete(`${maps}?labelSelector=tier%3Da`);
      const left = await client.list(`${maps}?labelSelector=tier`);
      expect(left.map(({ metadata }) => metadata.name)).toEqual(["many-three"]);
    });
  });
}
