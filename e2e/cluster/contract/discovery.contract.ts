import { describe, expect, test } from "@jest/globals";
import { type JsonObject } from "../json.ts";
import { type Bench } from "./bench.ts";

interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly verbs: readonly string[] }[];
}

/** How clients find out what is served. */
export function discoveryContract(bench: Bench): void {
  describe("discovery", () => {
    const get = async (path: string, accept?: string): Promise<JsonObject> =>
      (await bench.client().request("GET", path, accept === undefined ? {} : { accept })).json as JsonObject;
    const sorted = (list: ResourceList): readonly unknown[] =>
      [...list.resources]
        .map(({ verbs, ...rest }) => ({ ...rest, verbs: [...verbs].sort() }))
        .map((entry) =>
          Object.fromEntries(Object.entries(entry).filter(([key]) => key !== "storageVersionHash")),
        )
        .sort((a, b) => String(a["name"]).localeCompare(String(b["name"])));

    test("the versions of the core group", async () => {
      expect(await get("/api")).toMatchObject({ kind: "APIVersions", versions: ["v1"] });
    });

    test("the groups, the newer version of ours preferred", async () => {
      const { groups } = (await get("/apis")) as unknown as { groups: readonly { readonly name: string }[] };
      expect(groups.find(({ name }) => name === "metallb.io")).toEqual({
        name: "metallb.io",
        versions: [
          { groupVersion: "metallb.io/v1beta2", version: "v1beta2" },
          { groupVersion: "metallb.io/v1beta1", version: "v1beta1" },
        ],
        preferredVersion: { groupVersion: "metallb.io/v1beta2", version: "v1beta2" },
      });
      for (const name of [
        "apps",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "apiextensions.k8s.io",
        "rbac.authorization.k8s.io",
      ]) {
        expect(groups.map((group) => group.name)).toContain(name);
      }
      expect(await get("/apis/metallb.io")).toMatchObject({
        kind: "APIGroup",
        apiVersion: "v1",
        name: "metallb.io",
      });
    });

    test("the resources of our group", async () => {
      const list = (await get("/apis/metallb.io/v1beta1")) as unknown as ResourceList;
      expect(list).toMatchObject({
        kind: "APIResourceList",
        apiVersion: "v1",
        groupVersion: "metallb.io/v1beta1",
      });
      const names = list.resources
        .map(({ name }) => name)
        .filter((name) => !name.includes("/"))
        .sort();
      expect(names).toEqual([
        "bfdprofiles",
        "bgpadvertisements",
        "bgppeers",
        "communities",
        "configurationstates",
        "ipaddresspools",
        "l2advertisements",
        "servicebgpstatuses",
        "servicel2statuses",
      ]);
      expect(sorted(list)).toContainEqual({
        name: "ipaddresspools",
        singularName: "ipaddresspool",
        namespaced: true,
        kind: "IPAddressPool",
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
      });
      expect(sorted(list)).toContainEqual({
        name: "ipaddresspools/status",
        singularName: "",
        namespaced: true,
        kind: "IPAddressPool",
        verbs: ["get", "patch", "update"],
      });
    });

    test("short names and categories of core kinds", async () => {
      const core = sorted((await get("/api/v1")) as unknown as ResourceList);
      const verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
      expect(core).toContainEqual({
        name: "services",
        singularName: "service",
        namespaced: true,
        kind: "Service",
        shortNames: ["svc"],
        categories: ["all"],
        verbs,
      });
      expect(core).toContainEqual({
        name: "nodes",
        singularName: "node",
        namespaced: false,
        kind: "Node",
        shortNames: ["no"],
        verbs,
      });
      const namespaceVerbs = verbs.filter((verb) => verb !== "deletecollection");
      expect(core).toContainEqual({
        name: "namespaces",
        singularName: "namespace",
        namespaced: false,
        kind: "Namespace",
        shortNames: ["ns"],
        verbs: namespaceVerbs,
      });
    });

    test("all in one document for who asks for it", async () => {
      const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
      const reply = await bench.client().request("GET", "/apis", { accept });
      expect(reply.headers["content-type"]).toContain("as=APIGroupDiscoveryList");
      const { items } = reply.json as {
        items: readonly { metadata: { name?: string }; versions: readonly JsonObject[] }[];
      };
      const ours = items.find(({ metadata }) => metadata.name === "metallb.io");
      expect(ours?.versions.map(({ version }) => version)).toEqual(["v1beta2", "v1beta1"]);
      expect(ours?.versions[0]).toMatchObject({
        freshness: "Current",
        resources: [
          {
            resource: "bgppeers",
            responseKind: { group: "metallb.io", version: "v1beta2", kind: "BGPPeer" },
            scope: "Namespaced",
            singularResource: "bgppeer",
            subresources: [
              {
                subresource: "status",
                responseKind: { group: "metallb.io", version: "v1beta2", kind: "BGPPeer" },
              },
            ],
          },
        ],
      });
      const core = (await get("/api", accept)) as { items: readonly { versions: readonly JsonObject[] }[] };
      expect(core.items[0]?.versions[0]).toMatchObject({ version: "v1" });
    });

    test("the version and the health of the server", async () => {
      expect(await get("/version")).toMatchObject({ major: "1", minor: "36" });
      for (const path of ["/healthz", "/livez", "/readyz"]) {
        const reply = await bench.client().request("GET", path);
        expect([reply.code, reply.text]).toEqual([200, "ok"]);
      }
    });

    test("OpenAPI names every group version and describes our kinds", async () => {
      const { paths } = (await get("/openapi/v3")) as unknown as {
        paths: Readonly<Record<string, { serverRelativeURL: string }>>;
      };
      const ours = paths["apis/metallb.io/v1beta1"]?.serverRelativeURL ?? "";
      expect(ours).toMatch(/^\/openapi\/v3\/apis\/metallb\.io\/v1beta1\?hash=\w+$/);
      expect(Object.keys(paths)).toEqual(
        expect.arrayContaining(["api/v1", "apis/metallb.io/v1beta2", "apis/discovery.k8s.io/v1"]),
      );
      const document = (await get(ours)) as unknown as {
        paths: Readonly<Record<string, JsonObject>>;
        components: { schemas: Readonly<Record<string, JsonObject>> };
      };
      const kinds = Object.values(document.components.schemas).flatMap(
        (schema) => schema["x-kubernetes-group-version-kind"] ?? [],
      );
      expect(kinds).toContainEqual({ group: "metallb.io", version: "v1beta1", kind: "IPAddressPool" });
      const path = document.paths["/apis/metallb.io/v1beta1/namespaces/{namespace}/ipaddresspools/{name}"];
      expect(JSON.stringify(path?.["patch"])).toContain("fieldValidation");
    });

    test("whoever may do everything is told so", async () => {
      const review = {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes: { verb: "get", resource: "pods" } },
      };
      const reply = await bench
        .client()
        .request("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", { body: review });
      expect([reply.code, reply.json]).toMatchObject([201, { status: { allowed: true } }]);
    });

    test("nothing lives outside of the known paths", async () => {
      expect((await bench.client().request("GET", "/nothing")).code).toBe(404);
      expect((await bench.client().request("GET", "/apis/nothing.example/v1")).code).toBe(404);
    });
  });
}
