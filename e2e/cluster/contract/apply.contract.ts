import { describe, expect, test } from "@jest/globals";
import { type ClusterObject } from "../client.ts";
import { type Reply } from "../client/transport.ts";
import { type JsonObject, type KubeObject } from "../json.ts";
import { type Bench, mergePatch, refusalOf } from "./bench.ts";
import { entriesOf, fieldsOf, managersOf } from "./managed-fields.contract.ts";

const services = "/api/v1/namespaces/applied/services";
const maps = "/api/v1/namespaces/applied/configmaps";
const pools = "/apis/metallb.io/v1beta1/namespaces/applied/ipaddresspools";
const configurationStates = "/apis/metallb.io/v1beta1/namespaces/applied/configurationstates";
const contentType = "application/apply-patch+yaml";

function pool(name: string, rest: JsonObject): JsonObject {
  return { apiVersion: "metallb.io/v1beta1", kind: "IPAddressPool", metadata: { name }, ...rest };
}

function service(name: string, spec: JsonObject): JsonObject {
  return { apiVersion: "v1", kind: "Service", metadata: { name }, spec };
}

const spec = { addresses: ["192.0.2.0/24"] };
const counts = { assignedIPv4: 1, assignedIPv6: 2, availableIPv4: 3, availableIPv6: 4 };

/** Server-side apply (Kubernetes, "Server-Side Apply"). */
export function applyContract(bench: Bench): void {
  describe("server-side apply", () => {
    bench.namespace("applied");

    const reply = (path: string, body: unknown, manager?: string, force = false): Promise<Reply> => {
      const query = new URLSearchParams();
      if (manager !== undefined) query.set("fieldManager", manager);
      if (force) query.set("force", "true");
      return bench.client().request("PATCH", `${path}?${query.toString()}`, { body, contentType });
    };
    const apply = async (
      path: string,
      body: unknown,
      manager: string,
      force = false,
    ): Promise<ClusterObject & KubeObject> => {
      const answer = await reply(path, body, manager, force);
      if (answer.code > 299) throw new Error(answer.text);
      return answer.json as ClusterObject & KubeObject;
    };

    test("creates what is missing and owns exactly what was applied", async () => {
      const config = pool("made", { spec, metadata: { name: "made", labels: { l: "1" } } });
      const answer = await reply(`${pools}/made`, config, "a");
      expect(answer.code).toBe(201);
      const made = answer.json as ClusterObject;
      expect(made.spec).toEqual({ ...spec, autoAssign: true, avoidBuggyIPs: false });
      expect(entriesOf(made)).toEqual([
        {
          manager: "a",
          operation: "Apply",
          apiVersion: "metallb.io/v1beta1",
          time: expect.any(String),
          fieldsType: "FieldsV1",
          fieldsV1: { "f:metadata": { "f:labels": { "f:l": {} } }, "f:spec": { "f:addresses": {} } },
        },
      ]);
      expect((await reply(`${pools}/made`, config, "a")).code).toBe(200);
    });

    test("applying the same again changes nothing", async () => {
      const first = await apply(`${pools}/again`, pool("again", { spec }), "a");
      expect(await apply(`${pools}/again`, pool("again", { spec }), "a")).toEqual(first);
    });

    test("takes back what its manager does not apply any more, defaults come back, the rest stays", async () => {
      const serviceAllocation = { priority: 3, namespaces: ["q"] };
      await apply(
        `${pools}/less`,
        pool("less", { spec: { ...spec, serviceAllocation, autoAssign: false } }),
        "a",
      );
      await bench.client().mergePatch(`${pools}/less`, { metadata: { labels: { other: "1" } } });
      const less = await apply(`${pools}/less`, pool("less", { spec }), "a");
      expect(less.spec).toEqual({ ...spec, autoAssign: true, avoidBuggyIPs: false });
      expect(less.metadata.labels).toEqual({ other: "1" });
      expect(fieldsOf(less, "a")).toEqual([{ "f:spec": { "f:addresses": {} } }]);
    });

    test("what two appliers own goes only when neither applies it", async () => {
      const labelled = (labels: JsonObject): JsonObject => ({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "two", labels },
      });
      await apply(`${maps}/two`, labelled({ x: "1", y: "1" }), "a");
      await apply(`${maps}/two`, labelled({ x: "1" }), "b");
      const left = await apply(`${maps}/two`, labelled({}), "a");
      expect(left.metadata.labels).toEqual({ x: "1" });
      const none = await apply(`${maps}/two`, labelled({}), "b");
      expect(none.metadata).not.toHaveProperty("labels");
    });

    test("a value of another manager is a conflict, unless forced", async () => {
      await bench.client().create(`${pools}?fieldManager=kubectl`, pool("held", { spec }));
      const config = pool("held", { spec: { addresses: ["198.51.100.0/24"] } });
      expect(refusalOf(await reply(`${pools}/held`, config, "a"))).toMatchObject({
        code: 409,
        reason: "Conflict",
        message:
          'Apply failed with 1 conflict: conflict with "kubectl" using metallb.io/v1beta1: .spec.addresses',
        details: {
          causes: [
            {
              reason: "FieldManagerConflict",
              message: 'conflict with "kubectl" using metallb.io/v1beta1',
              field: ".spec.addresses",
            },
          ],
        },
      });
      const forced = await apply(`${pools}/held`, config, "a", true);
      expect(forced.spec).toMatchObject({ addresses: ["198.51.100.0/24"] });
      expect(managersOf(forced)).toEqual(["a Apply -", "kubectl Update -"]);
      expect(fieldsOf(forced, "kubectl")).toEqual([
        { "f:spec": { ".": {}, "f:autoAssign": {}, "f:avoidBuggyIPs": {} } },
      ]);
    });

    test("agreeing with a value shares it", async () => {
      await bench.client().create(`${pools}?fieldManager=kubectl`, pool("agreed", { spec }));
      const agreed = await apply(`${pools}/agreed`, pool("agreed", { spec }), "a");
      expect(managersOf(agreed)).toEqual(["a Apply -", "kubectl Update -"]);
      const refused = refusalOf(
        await reply(`${pools}/agreed`, pool("agreed", { spec: { addresses: [] } }), "b"),
      );
      expect(refused.message).toBe(
        "Apply failed with 2 conflicts: " +
          'conflicts with "a":\n- .spec.addresses\n' +
          'conflicts with "kubectl" using metallb.io/v1beta1:\n- .spec.addresses',
      );
    });

    test("a status is applied at its own path and repaired by force after a manual edit", async () => {
      await bench.client().create(`${pools}?fieldManager=creator`, pool("counted", { spec }));
      const config = pool("counted", { status: counts });
      const path = `${pools}/counted/status`;
      const applied = await apply(path, config, "operator", true);
      expect(applied["status"]).toEqual(counts);
      expect(managersOf(applied)).toEqual(["operator Apply status", "creator Update -"]);
      const edited = await bench
        .client()
        .mergePatch<ClusterObject>(`${path}?fieldManager=kubectl-edit`, { status: { assignedIPv4: 9 } });
      expect([...managersOf(edited)].sort()).toEqual([
        "creator Update -",
        "kubectl-edit Update status",
        "operator Apply status",
      ]);
      expect(refusalOf(await reply(path, config, "operator"))).toMatchObject({
        code: 409,
        message: expect.stringContaining('"kubectl-edit" with subresource "status" using metallb.io/v1beta1'),
      });
      const repaired = await apply(path, config, "operator", true);
      expect(repaired["status"]).toEqual(counts);
      expect([...managersOf(repaired)].sort()).toEqual(["creator Update -", "operator Apply status"]);
    });

    test("a status cannot be applied to what does not exist", async () => {
      const answer = await reply(`${pools}/none/status`, pool("none", { status: counts }), "a");
      expect(refusalOf(answer)).toMatchObject({ code: 404, reason: "NotFound" });
    });

    test("the object's path leaves the status alone, and the status' path the rest", async () => {
      await apply(`${pools}/doors`, pool("doors", { spec, status: counts }), "a");
      expect(await bench.client().get(`${pools}/doors`)).not.toHaveProperty("status");
      const metadata = { name: "doors", labels: { z: "1" } };
      const config = pool("doors", { metadata, spec: { autoAssign: false }, status: counts });
      const applied = await apply(`${pools}/doors/status`, config, "b");
      expect(applied).toMatchObject({ spec: { autoAssign: true }, status: counts });
      expect(applied.metadata).not.toHaveProperty("labels");
      expect(Object.keys(fieldsOf(applied, "b")[0] ?? {})).toEqual(["f:status"]);
    });

    test("the items of a keyed list are owned one by one", async () => {
      const ports = (...numbers: readonly number[]): JsonObject => ({
        ports: numbers.map((port) => ({ name: `p${port}`, port })),
      });
      await apply(`${services}/ports`, service("ports", ports(1, 2, 3)), "a");
      const both = await apply(`${services}/ports`, service("ports", ports(4, 3, 1)), "b");
      const named = ({ spec: found }: ClusterObject): readonly unknown[] =>
        (found?.["ports"] as readonly { readonly name: string }[]).map(({ name }) => name);
      expect(named(both)).toEqual(["p2", "p4", "p3", "p1"]);
      expect(fieldsOf(both, "b")).toEqual([
        {
          "f:spec": {
            "f:ports": Object.fromEntries(
              [1, 3, 4].map((port) => [
                `k:{"port":${port},"protocol":"TCP"}`,
                { ".": {}, "f:name": {}, "f:port": {} },
              ]),
            ),
          },
        },
      ]);
      expect(named(await apply(`${services}/ports`, service("ports", ports(3)), "a"))).toEqual([
        "p4",
        "p3",
        "p1",
      ]);
    });

    test("conditions of several writers live side by side", async () => {
      const condition = (type: string, status = "True"): JsonObject => ({
        type,
        status,
        reason: "R",
        message: "m",
        lastTransitionTime: "2026-01-01T00:00:00Z",
      });
      const state = (...conditions: readonly JsonObject[]): JsonObject => ({
        apiVersion: "metallb.io/v1beta1",
        kind: "ConfigurationState",
        metadata: { name: "c" },
        status: { conditions },
      });
      await bench.client().create(configurationStates, { ...state(), spec: undefined, status: undefined });
      const path = `${configurationStates}/c/status`;
      await apply(path, state(condition("A")), "a");
      const two = await apply(path, state(condition("B")), "b");
      expect(two["status"]).toMatchObject({ conditions: [{ type: "A" }, { type: "B" }] });
      const refused = refusalOf(await reply(path, state(condition("A", "False")), "b"));
      expect(refused.message).toBe(
        'Apply failed with 1 conflict: conflict with "a" with subresource "status": .status.conditions[type="A"].status',
      );
    });

    test("YAML is taken, and so is a Service's status", async () => {
      const yaml =
        "apiVersion: v1\nkind: Service\nmetadata: {name: yaml}\nspec:\n  type: LoadBalancer\n  ports: [{port: 80}]\n";
      const answer = await reply(`${services}/yaml`, yaml, "a");
      expect(answer.code).toBe(201);
      const status = { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } };
      const config = { apiVersion: "v1", kind: "Service", metadata: { name: "yaml" }, status };
      const applied = await apply(`${services}/yaml/status`, config, "b");
      expect(applied["status"]).toEqual({ loadBalancer: { ingress: [{ ip: "192.0.2.1", ipMode: "VIP" }] } });
      expect(fieldsOf(applied, "b")).toEqual([{ "f:status": { "f:loadBalancer": { "f:ingress": {} } } }]);
    });

    test("a dry run answers and stores nothing", async () => {
      const path = `${pools}/dry?fieldManager=a&dryRun=All`;
      const answer = await bench
        .client()
        .request("PATCH", path, { body: pool("dry", { spec }), contentType });
      expect(answer.code).toBe(201);
      expect(managersOf(answer.json as ClusterObject)).toEqual(["a Apply -"]);
      expect(await bench.client().find(`${pools}/dry`)).toBeUndefined();
    });

    test("an object whose managers were forgotten belongs to whoever was before the first apply", async () => {
      await bench.client().create(pools, pool("before", { spec }));
      await bench.client().mergePatch(`${pools}/before`, { metadata: { managedFields: [{}] } });
      const config = pool("before", { spec: { addresses: [] } });
      expect(refusalOf(await reply(`${pools}/before`, config, "a")).message).toBe(
        'Apply failed with 1 conflict: conflict with "before-first-apply" using metallb.io/v1beta1: .spec.addresses',
      );
    });

    test("the version in the configuration must be the newest", async () => {
      await apply(`${pools}/version`, pool("version", { spec }), "a");
      const config = pool("version", { spec, metadata: { name: "version", resourceVersion: "1" } });
      expect(refusalOf(await reply(`${pools}/version`, config, "a"))).toMatchObject({
        code: 409,
        details: { name: "version" },
      });
    });

    test("what the schema refuses is refused after the merge", async () => {
      await apply(`${pools}/schema`, pool("schema", { spec }), "a");
      const answer = await reply(
        `${pools}/schema/status`,
        pool("schema", { status: { assignedIPv4: 1 } }),
        "a",
      );
      expect(refusalOf(answer)).toMatchObject({ code: 422, reason: "Invalid" });
      const emptied = await reply(`${pools}/schema`, pool("schema", {}), "a");
      expect(refusalOf(emptied)).toMatchObject({ code: 422, causes: ["FieldValueRequired spec"] });
    });

    test("an apply without a manager is refused, and so is the force of another patch", async () => {
      const nameless = refusalOf(await reply(`${pools}/x`, pool("x", { spec })));
      expect(nameless).toMatchObject({
        code: 422,
        message:
          'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
      });
      const forced = await bench
        .client()
        .request("PATCH", `${pools}/x?force=true`, { body: {}, ...mergePatch });
      expect(refusalOf(forced)).toMatchObject({ code: 422, causes: ["FieldValueForbidden force"] });
    });

    const typed = "failed to create typed patch object";
    test.each([
      ["a field that the schema does not have", { bogus: 1 }, ".spec.bogus: field not declared in schema"],
      ["a text for a list", { addresses: "x" }, ".spec.addresses: expected list, got &{x}"],
      ["a text for a flag", { autoAssign: "y" }, ".spec.autoAssign: expected boolean, got &{y}"],
      [
        "a text for a number",
        { serviceAllocation: { priority: "x" } },
        ".spec.serviceAllocation.priority: expected numeric (int or float), got string",
      ],
    ])("%s is no configuration", async (_, wrong, why) => {
      const answer = await reply(`${pools}/wrong`, pool("wrong", { spec: { ...spec, ...wrong } }), "a");
      expect(refusalOf(answer)).toMatchObject({
        code: 500,
        message: `${typed} (/wrong; metallb.io/v1beta1, Kind=IPAddressPool): ${why}`,
      });
    });

    test.each([
      [{ bogus: 1 }, ".spec.bogus: field not declared in schema"],
      [
        { ports: [{ port: 80 }, { port: 80, protocol: "TCP" }] },
        '.spec.ports: duplicate entries for key [port=80,protocol="TCP"]',
      ],
    ])("nor is a Service with %j", async (wrong, why) => {
      const answer = await reply(`${services}/wrong`, service("wrong", wrong), "a");
      expect(refusalOf(answer)).toMatchObject({
        code: 500,
        message: `${typed} (/wrong; /v1, Kind=Service): ${why}`,
      });
    });

    test.each([
      [{ kind: "Foo" }, "invalid object type: metallb.io/v1beta1, Kind=Foo"],
      [{ apiVersion: "metallb.io/v1" }, "invalid object type: metallb.io/v1, Kind=IPAddressPool"],
      [{ metadata: { name: "odd", managedFields: [] } }, "metadata.managedFields must be nil"],
      [
        { metadata: { name: "even" } },
        "the name of the object (even) does not match the name on the URL (odd)",
      ],
      [
        { metadata: {} },
        "the name of the object (odd based on URL) was undeterminable: name must be provided",
      ],
    ])("%j is a bad request", async (odd, message) => {
      const answer = await reply(`${pools}/odd`, { ...pool("odd", { spec }), ...odd }, "a");
      expect(refusalOf(answer)).toMatchObject({ code: 400, reason: "BadRequest", message });
    });
  });
}
