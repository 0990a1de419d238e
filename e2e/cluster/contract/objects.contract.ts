import { describe, expect, test } from "@jest/globals";
import { type ClusterObject } from "../client.ts";
import { type Bench, configMap, pool, refusalOf, service } from "./bench.ts";

const maps = "/api/v1/namespaces/objects/configmaps";
const pools = "/apis/metallb.io/v1beta1/namespaces/objects/ipaddresspools";

/** Creating, reading and replacing objects. */
export function objectContract(bench: Bench): void {
  describe("objects", () => {
    bench.namespace("objects");

    test("creation sets what only the server sets", async () => {
      const reply = await bench.client().request("POST", maps, { body: configMap("made", { uid: "mine" }) });
      expect(reply.code).toBe(201);
      const { metadata } = reply.json as ClusterObject;
      expect(metadata).toMatchObject({ name: "made", namespace: "objects" });
      expect(metadata.uid).toMatch(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/);
      expect(metadata.resourceVersion).toMatch(/^\d+$/);
      expect(metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    });

    test("a second object of the same name is refused", async () => {
      await bench.client().create(maps, configMap("twice"));
      const refusal = refusalOf(await bench.client().request("POST", maps, { body: configMap("twice") }));
      expect(refusal).toMatchObject({
        code: 409,
        reason: "AlreadyExists",
        message: 'configmaps "twice" already exists',
      });
      expect(refusal.details).toEqual({ name: "twice", kind: "configmaps" });
    });

    test("generateName gives a name with five random characters", async () => {
      const metadata = { generateName: "made-" };
      const made = await bench.client().create(maps, { apiVersion: "v1", kind: "ConfigMap", metadata });
      expect(made.metadata.name).toMatch(/^made-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    });

    test.each([
      ["without a name", {}, 422, "Invalid"],
      ["with a name that is no DNS name", { name: "Not_A_Name" }, 422, "Invalid"],
      ["with a resourceVersion", { name: "versioned", resourceVersion: "7" }, 500, undefined],
      ["of another namespace", { name: "elsewhere", namespace: "default" }, 400, "BadRequest"],
    ])("an object %s is refused", async (_what, metadata, code, reason) => {
      const body = { apiVersion: "v1", kind: "ConfigMap", metadata };
      expect(refusalOf(await bench.client().request("POST", maps, { body }))).toMatchObject({ code, reason });
    });

    test.each([
      ["of another kind", maps, service("other")],
      ["without a kind", pools, { metadata: { name: "kindless" } }],
      ["that is no JSON", maps, "{bad"],
      ["that is empty", maps, ""],
    ])("a body %s is refused", async (_what, path, body) => {
      expect(refusalOf(await bench.client().request("POST", path, { body }))).toMatchObject({
        code: 400,
        reason: "BadRequest",
      });
    });

    test("a namespace that does not exist is named", async () => {
      const reply = await bench
        .client()
        .request("POST", "/api/v1/namespaces/nowhere/configmaps", { body: configMap("lost") });
      expect(refusalOf(reply)).toMatchObject({
        code: 404,
        reason: "NotFound",
        message: 'namespaces "nowhere" not found',
      });
    });

    test("what does not exist is named with its kind and group", async () => {
      const refusal = refusalOf(await bench.client().request("GET", `${pools}/none`));
      expect(refusal).toMatchObject({
        code: 404,
        reason: "NotFound",
        message: 'ipaddresspools.metallb.io "none" not found',
      });
      expect(refusal.details).toEqual({ name: "none", group: "metallb.io", kind: "ipaddresspools" });
    });

    test.each([
      "/api/v1/namespaces/objects/nothings",
      "/apis/metallb.io/v1/namespaces/objects/ipaddresspools",
    ])("a resource that is not served is 404: %s", async (path) => {
      expect((await bench.client().request("GET", path)).code).toBe(404);
    });

    test("a method that a resource does not have is 405", async () => {
      for (const method of ["PUT", "PATCH"]) {
        const reply = await bench
          .client()
          .request(method, maps, { body: {}, contentType: "application/merge-patch+json" });
        expect(refusalOf(reply)).toMatchObject({ code: 405, reason: "MethodNotAllowed" });
      }
    });

    test("a core object may leave its kind to the path, a custom one may not", async () => {
      const made = await bench.client().create(maps, { metadata: { name: "nameless-kind" } });
      expect(made).toMatchObject({ apiVersion: "v1", kind: "ConfigMap" });
      const reply = await bench
        .client()
        .request("POST", pools, { body: { ...pool("x"), apiVersion: undefined } });
      expect(refusalOf(reply)).toMatchObject({ code: 400, reason: "BadRequest" });
    });

    test("an owner must be named in full", async () => {
      const body = configMap("orphan", { ownerReferences: [{ name: "x" }] });
      expect(refusalOf(await bench.client().request("POST", maps, { body })).causes).toEqual([
        "FieldValueInvalid metadata.ownerReferences.apiVersion",
        "FieldValueInvalid metadata.ownerReferences.kind",
        "FieldValueInvalid metadata.ownerReferences.uid",
      ]);
    });

    test("finalizers of core objects are qualified by a domain", async () => {
      const body = configMap("finalized", { finalizers: ["x"] });
      expect(refusalOf(await bench.client().request("POST", maps, { body })).causes).toEqual([
        "FieldValueInvalid metadata.finalizers[0]",
      ]);
    });

    test("what is empty is as good as absent on a core object, but not in its maps", async () => {
      const made = await bench
        .client()
        .create(
          maps,
          configMap("empties", { labels: {}, annotations: { a: "" }, finalizers: [] }, { b: "" }),
        );
      expect(made).toMatchObject({ metadata: { annotations: { a: "" } }, data: { b: "" } });
      expect(made.metadata).not.toHaveProperty("labels");
      expect(made.metadata).not.toHaveProperty("finalizers");
    });

    test("YAML bodies are read as well", async () => {
      const body = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: yaml\ndata:\n  a: '1'\n";
      const reply = await bench.client().request("POST", maps, { body, contentType: "application/yaml" });
      expect(reply.code).toBe(201);
      expect(reply.json).toMatchObject({ data: { a: "1" } });
    });

    test("replacing needs the version that was read; a custom resource may not leave it out", async () => {
      const client = bench.client();
      const before = await client.create<ClusterObject>(pools, pool("replaced"));
      const stale = { ...pool("replaced"), metadata: { name: "replaced", resourceVersion: "1" } };
      expect(refusalOf(await client.request("PUT", `${pools}/replaced`, { body: stale }))).toMatchObject({
        code: 409,
        reason: "Conflict",
        message:
          'Operation cannot be fulfilled on ipaddresspools.metallb.io "replaced": the object has been modified; ' +
          "please apply your changes to the latest version and try again",
      });
      const without = refusalOf(await client.request("PUT", `${pools}/replaced`, { body: pool("replaced") }));
      expect(without).toMatchObject({ code: 422, causes: ["FieldValueInvalid metadata.resourceVersion"] });
      const next = { ...pool("replaced", { addresses: ["198.51.100.0/24"] }), metadata: before.metadata };
      const after = await client.replace<ClusterObject>(`${pools}/replaced`, next);
      expect(after.spec).toEqual({ addresses: ["198.51.100.0/24"], autoAssign: true, avoidBuggyIPs: false });
      expect(Number(after.metadata.resourceVersion)).toBeGreaterThan(Number(before.metadata.resourceVersion));
    });

    test("a core object may be replaced without a version", async () => {
      const client = bench.client();
      await client.create(maps, configMap("loose", {}, { a: "1" }));
      const after = await client.replace(`${maps}/loose`, configMap("loose", {}, { b: "2" }));
      expect(after).toMatchObject({ data: { b: "2" } });
      expect(after).not.toMatchObject({ data: { a: "1" } });
    });

    test("a write without a difference leaves the version alone", async () => {
      const client = bench.client();
      const before = await client.create<ClusterObject>(pools, pool("same"));
      const after = await client.replace<ClusterObject>(`${pools}/same`, before);
      expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    });

    test("the name in the body and the uid must be those of the object", async () => {
      const client = bench.client();
      await client.create(maps, configMap("named"));
      const renamed = await client.request("PUT", `${maps}/named`, { body: configMap("other") });
      expect(refusalOf(renamed)).toMatchObject({ code: 400, reason: "BadRequest" });
      const body = configMap("named", { uid: "00000000-0000-0000-0000-000000000000" });
      expect(refusalOf(await client.request("PUT", `${maps}/named`, { body }))).toMatchObject({
        code: 409,
        reason: "Conflict",
      });
    });

    test("generation counts changes of the spec of a custom resource, not of its metadata", async () => {
      const client = bench.client();
      const path = `${pools}/counted`;
      const generationOf = (object: ClusterObject): unknown =>
        (object.metadata as { generation?: number }).generation;
      expect(generationOf(await client.create(pools, pool("counted")))).toBe(1);
      expect(generationOf(await client.mergePatch(path, { metadata: { labels: { a: "b" } } }))).toBe(1);
      expect(generationOf(await client.mergePatch(path, { spec: { autoAssign: false } }))).toBe(2);
    });

    test("a dry run answers as if, and stores nothing", async () => {
      const client = bench.client();
      const reply = await client.request("POST", `${maps}?dryRun=All`, { body: configMap("dry") });
      expect(reply.code).toBe(201);
      expect(await client.find(`${maps}/dry`)).toBeUndefined();
      await client.create(maps, configMap("wet", {}, { a: "1" }));
      const patched = await client.mergePatch(`${maps}/wet?dryRun=All`, { data: { a: "2" } });
      expect(patched).toMatchObject({ data: { a: "2" } });
      expect(await client.get(`${maps}/wet`)).toMatchObject({ data: { a: "1" } });
      expect((await client.request("POST", `${maps}?dryRun=Some`, { body: configMap("dry") })).code).toBe(
        422,
      );
    });

    test("line separators of JavaScript are escaped in answers", async () => {
      const client = bench.client();
      await client.create(maps, configMap("separators", {}, { a: "one\u2028two\u2029three" }));
      const { text, json } = await client.request("GET", `${maps}/separators`);
      expect(text).toContain("one\\u2028two\\u2029three");
      expect(json).toMatchObject({ data: { a: "one\u2028two\u2029three" } });
    });
  });
}
