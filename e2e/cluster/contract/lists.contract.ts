import { describe, expect, test } from "@jest/globals";
import { type ClusterObject } from "../client.ts";
import { type Bench, configMap, pool, refusalOf, service } from "./bench.ts";

const maps = "/api/v1/namespaces/lists/configmaps";

interface List {
  readonly kind: string;
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly items: readonly ClusterObject[];
}

/** Lists: order, pages of one snapshot, selectors, versions. */
export function listContract(bench: Bench): void {
  describe("lists", () => {
    bench.namespace("lists");

    const names = ({ items }: List): readonly string[] => items.map(({ metadata }) => metadata.name);
    const create = async (...wanted: readonly string[]): Promise<void> => {
      for (const name of wanted)
        await bench.client().create(maps, configMap(name, { labels: { set: "paged" } }));
    };

    test("pages show one snapshot, in order, whatever happens meanwhile", async () => {
      const client = bench.client();
      await create("page-c", "page-a", "page-e", "page-b", "page-d");
      const first = await client.get<List>(`${maps}?limit=2&labelSelector=set%3Dpaged`);
      expect(names(first)).toEqual(["page-a", "page-b"]);
      expect(first).toMatchObject({ kind: "ConfigMapList", apiVersion: "v1" });
      await client.delete(`${maps}/page-d`);
      await create("page-cc");
      const second = await client.get<List>(
        `${maps}?limit=2&labelSelector=set%3Dpaged&continue=${first.metadata.continue}`,
      );
      expect(names(second)).toEqual(["page-c", "page-d"]);
      expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
      const third = await client.get<List>(
        `${maps}?limit=2&labelSelector=set%3Dpaged&continue=${second.metadata.continue}`,
      );
      expect(names(third)).toEqual(["page-e"]);
      expect(third.metadata.continue ?? "").toBe("");
      expect(names(await client.get<List>(`${maps}?labelSelector=set%3Dpaged`))).toEqual([
        "page-a",
        "page-b",
        "page-c",
        "page-cc",
        "page-e",
      ]);
    });

    test("items of a core list do not repeat their kind, those of custom resources do", async () => {
      const [item] = (await bench.client().get<List>("/api/v1/namespaces?limit=1")).items;
      expect(Object.keys(item ?? {})).not.toContain("kind");
      expect(Object.keys(item ?? {})).not.toContain("apiVersion");
      const [crd] = (
        await bench.client().get<List>("/apis/apiextensions.k8s.io/v1/customresourcedefinitions?limit=1")
      ).items;
      expect(crd).toBeDefined();
      const path = "/apis/metallb.io/v1beta1/namespaces/lists/ipaddresspools";
      await bench.client().create(path, pool("listed"));
      expect((await bench.client().get<List>(path)).items[0]).toMatchObject({
        kind: "IPAddressPool",
        apiVersion: "metallb.io/v1beta1",
      });
    });

    test("version 0 is answered from the cache, and that knows no pages", async () => {
      const all = await bench.client().get<List>("/api/v1/namespaces?limit=1&resourceVersion=0");
      expect(all.items.length).toBeGreaterThan(3);
      expect(all.metadata.continue ?? "").toBe("");
    });

    test("what is left is counted when nothing is selected", async () => {
      const namespaces = await bench.client().get<List>("/api/v1/namespaces?limit=1");
      const all = await bench.client().list("/api/v1/namespaces");
      expect(namespaces.metadata.remainingItemCount).toBe(all.length - 1);
    });

    test("a page of an exact version shows that version", async () => {
      const before = await bench.client().get<List>(`${maps}?labelSelector=exact`);
      await bench.client().create(maps, configMap("exact", { labels: { exact: "" } }));
      const { resourceVersion } = before.metadata;
      const old = await bench
        .client()
        .get<List>(
          `${maps}?labelSelector=exact&resourceVersionMatch=Exact&resourceVersion=${resourceVersion}`,
        );
      expect(old).toMatchObject({ items: [], metadata: { resourceVersion } });
      const newer = await bench
        .client()
        .get<List>(
          `${maps}?labelSelector=exact&resourceVersionMatch=NotOlderThan&resourceVersion=${resourceVersion}`,
        );
      expect(Number(newer.metadata.resourceVersion)).toBeGreaterThanOrEqual(Number(resourceVersion));
    });

    test.each([
      ["a=one", ["sel-1"]],
      ["a==one", ["sel-1"]],
      ["a!=one", ["sel-2", "sel-3"]],
      ["a in (one, two)", ["sel-1", "sel-2"]],
      ["a notin (one)", ["sel-2", "sel-3"]],
      ["a", ["sel-1", "sel-2"]],
      ["!a", ["sel-3"]],
      ["a,b", ["sel-2"]],
      ["n>4", ["sel-2"]],
      ["n<4", ["sel-1"]],
      ["a=", []],
    ])("label selector %s", async (selector, expected) => {
      const client = bench.client();
      const labels = [{ a: "one", n: "3" }, { a: "two", b: "", n: "5" }, { c: "x" }];
      for (const [index, own] of labels.entries()) {
        const name = `sel-${index + 1}`;
        if ((await client.find(`${maps}/${name}`)) === undefined)
          await client.create(maps, configMap(name, { labels: { ...own, sel: "y" } }));
      }
      const query = encodeURIComponent(`sel,${selector}`);
      expect(names(await client.get<List>(`${maps}?labelSelector=${query}`))).toEqual(expected);
    });

    test("field selectors know the name and what the kind offers", async () => {
      const client = bench.client();
      const services = "/api/v1/namespaces/lists/services";
      await client.create(services, service("inner"));
      await client.create(services, service("outer", { type: "NodePort" }));
      expect(names(await client.get<List>(`${services}?fieldSelector=metadata.name%3Dinner`))).toEqual([
        "inner",
      ]);
      expect(names(await client.get<List>(`${services}?fieldSelector=spec.type%3DNodePort`))).toEqual([
        "outer",
      ]);
      expect(names(await client.get<List>(`${services}?fieldSelector=spec.type%21%3DNodePort`))).toEqual([
        "inner",
      ]);
      expect(
        names(
          await client.get<List>(
            `/api/v1/services?fieldSelector=metadata.namespace%3Dlists,metadata.name%3Douter`,
          ),
        ),
      ).toEqual(["outer"]);
    });

    test.each([
      ["fieldSelector=spec.none%3Dx", 400, "BadRequest"],
      ["fieldSelector=justtext", 400, "BadRequest"],
      ["labelSelector=a%3D%3D%3Db", 400, "BadRequest"],
      ["labelSelector=a%20in%20(", 400, "BadRequest"],
      ["continue=broken", 400, "BadRequest"],
      ["resourceVersion=abc", 400, "BadRequest"],
      ["resourceVersionMatch=Exact", 422, "Invalid"],
      ["resourceVersionMatch=Exact&resourceVersion=0", 422, "Invalid"],
      ["sendInitialEvents=true", 422, "Invalid"],
    ])("a list with %s is refused", async (query, code, reason) => {
      expect(refusalOf(await bench.client().request("GET", `${maps}?${query}`))).toMatchObject({
        code,
        reason,
      });
    });

    test("a version of the future is not there yet", async () => {
      const reply = await bench.client().request("GET", `${maps}?resourceVersion=99999999`);
      const refusal = refusalOf(reply);
      expect(refusal).toMatchObject({ code: 504, reason: "Timeout" });
      expect(refusal.details).toMatchObject({
        causes: [{ reason: "ResourceVersionTooLarge" }],
        retryAfterSeconds: 1,
      });
      expect(reply.headers["retry-after"]).toBe("1");
    });

    test("all namespaces together are in order of namespace and name", async () => {
      const all = await bench.client().get<List>("/api/v1/configmaps?labelSelector=set%3Dpaged");
      const keys = all.items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
      expect(keys).toEqual([...keys].sort());
    });

    test("metadata alone can be asked for", async () => {
      const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
      const reply = await bench
        .client()
        .request("GET", `${maps}?labelSelector=set%3Dpaged&limit=1`, { accept });
      expect(reply.json).toMatchObject({
        kind: "PartialObjectMetadataList",
        apiVersion: "meta.k8s.io/v1",
        items: [{ metadata: { name: "page-a" } }],
      });
    });

    test("who accepts only what this server cannot say is told so", async () => {
      const reply = await bench.client().request("GET", maps, { accept: "text/html" });
      expect(refusalOf(reply)).toMatchObject({ code: 406, reason: "NotAcceptable" });
    });
  });
}
