import { describe, expect, test } from "@jest/globals";
import { type ClusterObject } from "../client.ts";
import { type Bench, configMap, mergePatch, pool, refusalOf } from "./bench.ts";

const maps = "/api/v1/namespaces/patches/configmaps";
const pools = "/apis/metallb.io/v1beta1/namespaces/patches/ipaddresspools";

/** Merge patch (RFC 7396) and JSON patch (RFC 6902). */
export function patchContract(bench: Bench): void {
  describe("patches", () => {
    bench.namespace("patches");

    test("a merge patch sets, replaces lists and removes by null", async () => {
      const client = bench.client();
      await client.create(
        pools,
        pool("merged", {
          addresses: ["192.0.2.0/24"],
          serviceAllocation: { priority: 5, namespaces: ["a"] },
        }),
      );
      const patch = {
        spec: { addresses: ["198.51.100.0/24"], serviceAllocation: { namespaces: null } },
        metadata: { labels: { a: "b" } },
      };
      const { spec, metadata } = await client.mergePatch<ClusterObject>(`${pools}/merged`, patch);
      expect(spec).toEqual({
        addresses: ["198.51.100.0/24"],
        autoAssign: true,
        avoidBuggyIPs: false,
        serviceAllocation: { priority: 5 },
      });
      expect(metadata.labels).toEqual({ a: "b" });
    });

    test("a patch with a version that is not the newest is a conflict", async () => {
      await bench.client().create(maps, configMap("old"));
      const reply = await bench
        .client()
        .request("PATCH", `${maps}/old`, { ...mergePatch, body: { metadata: { resourceVersion: "1" } } });
      expect(refusalOf(reply)).toMatchObject({
        code: 409,
        reason: "Conflict",
        details: { name: "old", kind: "configmaps" },
      });
    });

    test("a patch with the newest version is taken", async () => {
      const { metadata } = await bench.client().create<ClusterObject>(maps, configMap("new"));
      const patched = await bench.client().mergePatch(`${maps}/new`, {
        metadata: { resourceVersion: metadata.resourceVersion },
        data: { a: "1" },
      });
      expect(patched).toMatchObject({ data: { a: "1" } });
    });

    test("an empty patch changes nothing", async () => {
      const { metadata } = await bench.client().create<ClusterObject>(maps, configMap("untouched"));
      const patched = await bench.client().mergePatch<ClusterObject>(`${maps}/untouched`, {});
      expect(patched.metadata.resourceVersion).toBe(metadata.resourceVersion);
    });

    test("a JSON patch runs its operations in order", async () => {
      await bench
        .client()
        .create(maps, configMap("operated", { labels: { a: "b" } }, { one: "1", two: "2" }));
      const patched = await bench.client().jsonPatch(`${maps}/operated`, [
        { op: "test", path: "/data/one", value: "1" },
        { op: "add", path: "/metadata/labels/steelyard.io~1x", value: "y" },
        { op: "move", from: "/data/one", path: "/data/three" },
        { op: "copy", from: "/data/two", path: "/data/four" },
        { op: "replace", path: "/data/two", value: "zwei" },
        { op: "remove", path: "/metadata/labels/a" },
      ]);
      expect(patched).toMatchObject({ metadata: { labels: { "steelyard.io/x": "y" } } });
      expect((patched as unknown as { data: unknown }).data).toEqual({ two: "zwei", three: "1", four: "2" });
    });

    test.each([
      ["a test that fails", [{ op: "test", path: "/data/a", value: "2" }], 422, "Invalid"],
      [
        "a path whose parent does not exist",
        [{ op: "replace", path: "/spec/none", value: "2" }],
        422,
        "Invalid",
      ],
      ["something to remove that is not there", [{ op: "remove", path: "/data/none" }], 422, "Invalid"],
      ["an object instead of a list", { op: "add" }, 400, "BadRequest"],
      ["half a list", '[{"op":"add"', 400, "BadRequest"],
    ])("a JSON patch with %s is refused", async (what, body, code, reason) => {
      const path = `${maps}/refused-${what.replaceAll(/[^a-z]+/gi, "-").toLowerCase()}`;
      await bench.client().create(path, configMap(path.slice(maps.length + 1), {}, { a: "1" }));
      const reply = await bench
        .client()
        .request("PATCH", path, { body, contentType: "application/json-patch+json" });
      expect(refusalOf(reply)).toMatchObject({ code, reason });
      expect(await bench.client().get(path)).toMatchObject({ data: { a: "1" } });
    });

    test("what is to be replaced need not exist when its parent does: Kubernetes is laxer than RFC 6902 there", async () => {
      await bench.client().create(maps, configMap("lax", {}, { a: "1" }));
      const patched = await bench
        .client()
        .jsonPatch(`${maps}/lax`, [{ op: "replace", path: "/data/b", value: "2" }]);
      expect(patched).toMatchObject({ data: { a: "1", b: "2" } });
    });

    test("a JSON patch can make the newest version its condition", async () => {
      const client = bench.client();
      const { metadata } = await client.create<ClusterObject>(maps, configMap("conditional"));
      const condition = { op: "test", path: "/metadata/resourceVersion", value: metadata.resourceVersion };
      const write = { op: "add", path: "/data", value: { a: "1" } };
      await client.jsonPatch(`${maps}/conditional`, [condition, write]);
      const second = await client.request("PATCH", `${maps}/conditional`, {
        body: [condition, write],
        contentType: "application/json-patch+json",
      });
      expect(second.code).toBe(422);
    });

    test("media types that mean no patch are refused, strategic ones on custom resources too", async () => {
      await bench.client().create(pools, pool("typed"));
      for (const contentType of ["application/json", "application/strategic-merge-patch+json"]) {
        const reply = await bench.client().request("PATCH", `${pools}/typed`, { body: {}, contentType });
        expect(refusalOf(reply)).toMatchObject({ code: 415, reason: "UnsupportedMediaType" });
      }
    });

    test("a patch may not turn an object into another", async () => {
      await bench.client().create(maps, configMap("self"));
      for (const body of [{ kind: "Secret" }, { metadata: { uid: "other" } }, { metadata: { labels: 5 } }]) {
        const reply = await bench.client().request("PATCH", `${maps}/self`, { ...mergePatch, body });
        expect(refusalOf(reply)).toMatchObject({ code: 422, reason: "Invalid" });
      }
      const renamed = await bench
        .client()
        .request("PATCH", `${maps}/self`, { ...mergePatch, body: { metadata: { name: "other" } } });
      expect(refusalOf(renamed)).toMatchObject({ code: 400, reason: "BadRequest" });
    });

    test("a JSON patch takes null for absent when it tests", async () => {
      await bench.client().create(maps, configMap("tested", {}, { a: "1" }));
      const operations = [
        { op: "test", path: "/data/none", value: null },
        { op: "add", path: "/data/b", value: "2" },
      ];
      expect(await bench.client().jsonPatch(`${maps}/tested`, operations)).toMatchObject({
        data: { b: "2" },
      });
    });

    test("a patch of what does not exist is 404", async () => {
      const reply = await bench.client().request("PATCH", `${maps}/never`, { ...mergePatch, body: {} });
      expect(refusalOf(reply)).toMatchObject({ code: 404, reason: "NotFound" });
    });

    test("name, uid and creation time survive every patch", async () => {
      const { metadata } = await bench.client().create<ClusterObject>(maps, configMap("constant"));
      const patched = await bench.client().mergePatch<ClusterObject>(`${maps}/constant`, {
        metadata: { creationTimestamp: "2001-01-01T00:00:00Z", generation: 12 },
        data: { a: "1" },
      });
      expect(patched.metadata).toMatchObject({
        uid: metadata.uid,
        creationTimestamp: metadata.creationTimestamp,
      });
    });
  });
}
