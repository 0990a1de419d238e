import { describe, expect, test } from "@jest/globals";
import { type ClusterObject } from "../client.ts";
import { type JsonObject } from "../json.ts";
import { type Bench, type Cause, mergePatch, pool, refusalOf, warningsOf } from "./bench.ts";

const base = (plural: string, version = "v1beta1"): string =>
  `/apis/metallb.io/${version}/namespaces/custom/${plural}`;

function custom(kind: string, name: string, spec: JsonObject, version = "v1beta1"): JsonObject {
  return { apiVersion: `metallb.io/${version}`, kind, metadata: { name }, spec };
}

/** Schemas, defaults, CEL rules and versions of the custom resources. */
export function customResourceContract(bench: Bench): void {
  describe("custom resources", () => {
    bench.namespace("custom");

    const refused = async (path: string, body: JsonObject): Promise<ReturnType<typeof refusalOf>> =>
      refusalOf(await bench.client().request("POST", path, { body }));

    test("what is required is named by its path", async () => {
      const empty = await refused(base("ipaddresspools"), pool("p", {}));
      expect(empty).toMatchObject({
        code: 422,
        reason: "Invalid",
        message: 'IPAddressPool.metallb.io "p" is invalid: spec.addresses: Required value',
        details: {
          name: "p",
          group: "metallb.io",
          kind: "IPAddressPool",
          causes: [{ reason: "FieldValueRequired", message: "Required value", field: "spec.addresses" }],
        },
      });
      const without = { ...pool("p"), spec: undefined };
      expect(await refused(base("ipaddresspools"), without)).toMatchObject({
        code: 422,
        causes: ["FieldValueRequired spec"],
      });
    });

    test("wrong types are named, all at once", async () => {
      const wrong = await refused(
        base("ipaddresspools"),
        pool("p", { addresses: "x", autoAssign: "no", serviceAllocation: { priority: "1" } }),
      );
      expect(wrong).toMatchObject({
        code: 422,
        causes: [
          "FieldValueTypeInvalid spec.addresses",
          "FieldValueTypeInvalid spec.autoAssign",
          "FieldValueTypeInvalid spec.serviceAllocation.priority",
        ],
      });
      expect(wrong.message).toContain(
        'spec.addresses: Invalid value: "string": spec.addresses in body must be of type array: "string"',
      );
      const items = await refused(
        base("ipaddresspools"),
        pool("p", { addresses: ["192.0.2.0/24", 7, null] }),
      );
      expect(items).toMatchObject({
        causes: ["FieldValueTypeInvalid spec.addresses[1]", "FieldValueTypeInvalid spec.addresses[2]"],
      });
    });

    test("bounds and choices are named with what is allowed", async () => {
      const bounds = await refused(
        base("bfdprofiles"),
        custom("BFDProfile", "b", { detectMultiplier: 1, minimumTtl: 300 }),
      );
      expect(bounds.message).toContain(
        "spec.detectMultiplier: Invalid value: 1: spec.detectMultiplier in body should be greater than or equal to 2",
      );
      expect(bounds.message).toContain(
        "spec.minimumTtl: Invalid value: 300: spec.minimumTtl in body should be less than or equal to 254",
      );
      const choice = await refused(
        base("bgppeers", "v1beta2"),
        custom("BGPPeer", "c", { myASN: 1, dynamicASN: "other" }, "v1beta2"),
      );
      expect(choice.message).toContain(
        'spec.dynamicASN: Unsupported value: "other": supported values: "internal", "external"',
      );
    });

    test("numbers that do not fit are refused", async () => {
      const fraction = await refused(
        base("bfdprofiles"),
        custom("BFDProfile", "b", { receiveInterval: 10.5 }),
      );
      expect(fraction.code).toBe(422);
      expect(fraction.causes).toContain("FieldValueTypeInvalid spec.receiveInterval");
      expect(
        (await refused(base("bfdprofiles"), custom("BFDProfile", "b", { echoInterval: 100_000_000_000 })))
          .code,
      ).toBe(422);
    });

    test("a rule in CEL refuses with its message", async () => {
      const wrong = await refused(
        base("bgpadvertisements"),
        custom("BGPAdvertisement", "a", {
          aggregationLength: 24,
          serviceSelectors: [{ matchLabels: { a: "b" } }],
        }),
      );
      expect(wrong).toMatchObject({ code: 422, causes: ["FieldValueInvalid spec"] });
      expect(wrong.message).toContain("serviceSelectors and aggregationLength are mutually exclusive");
      const time = await refused(
        base("bgppeers", "v1beta2"),
        custom("BGPPeer", "t", { myASN: 1, connectTime: "100ms" }, "v1beta2"),
      );
      expect(time).toMatchObject({
        causes: ["FieldValueInvalid spec.connectTime", "FieldValueInvalid spec.connectTime"],
      });
      expect(time.message).toContain(
        'spec.connectTime: Invalid value: "100ms": connect time should be between 1 seconds to 65535',
      );
    });

    test("a broken bound does not keep rules from being checked", async () => {
      const { causes } = await refused(
        base("bgpadvertisements"),
        custom("BGPAdvertisement", "a", { asPathPrepend: 11, aggregationLength: 24, serviceSelectors: [{}] }),
      );
      expect(causes).toEqual(["FieldValueInvalid spec", "FieldValueInvalid spec.asPathPrepend"]);
    });

    test("items of keyed lists may not occur twice", async () => {
      const client = bench.client();
      const path = `${base("configurationstates")}/twice`;
      await client.create(path, {
        apiVersion: "metallb.io/v1beta1",
        kind: "ConfigurationState",
        metadata: { name: "twice" },
      });
      const condition = {
        type: "A",
        status: "True",
        reason: "R",
        message: "",
        lastTransitionTime: "2026-01-01T00:00:00Z",
      };
      const reply = await client.request("PATCH", `${path}/status`, {
        ...mergePatch,
        body: { status: { conditions: [condition, condition] } },
      });
      expect(refusalOf(reply)).toMatchObject({
        code: 422,
        causes: ["FieldValueDuplicate status.conditions[1]"],
      });
    });

    test("rules are not checked on an object that breaks its schema, and that is said", async () => {
      const body = custom("BGPAdvertisement", "a", {
        aggregationLength: 24,
        serviceSelectors: [{ matchExpressions: [{ key: "a" }] }],
      });
      const { causes, message } = await refused(base("bgpadvertisements"), body);
      expect(causes).toEqual([
        "FieldValueInvalid <nil>",
        "FieldValueRequired spec.serviceSelectors[0].matchExpressions[0].operator",
      ]);
      expect(message).toContain("some validation rules were not checked");
    });

    test("a transition rule refuses the change, not the value", async () => {
      const client = bench.client();
      const path = `${base("bgppeers", "v1beta2")}/gr`;
      await client.create(
        path,
        custom("BGPPeer", "gr", { myASN: 1, enableGracefulRestart: true }, "v1beta2"),
      );
      const change = await client.request("PATCH", path, {
        ...mergePatch,
        body: { spec: { enableGracefulRestart: false } },
      });
      expect(refusalOf(change)).toMatchObject({
        code: 422,
        causes: ["FieldValueInvalid spec.enableGracefulRestart"],
      });
      expect(
        (await client.mergePatch<ClusterObject>(path, { spec: { holdTime: "90s" } })).spec,
      ).toMatchObject({ holdTime: "90s" });
    });

    test("defaults are filled in, also in place of null", async () => {
      const made = await bench
        .client()
        .create<ClusterObject>(
          base("ipaddresspools"),
          pool("nulled", { addresses: [], autoAssign: null, serviceAllocation: null }),
        );
      expect(made.spec).toEqual({ addresses: [], autoAssign: true, avoidBuggyIPs: false });
      const advertisement = await bench
        .client()
        .create<ClusterObject>(base("bgpadvertisements"), custom("BGPAdvertisement", "d", {}));
      expect(advertisement.spec).toEqual({ aggregationLength: 32, aggregationLengthV6: 128 });
      const bare = { ...custom("BGPAdvertisement", "bare", {}), spec: undefined };
      expect(await bench.client().create<ClusterObject>(base("bgpadvertisements"), bare)).not.toHaveProperty(
        "spec",
      );
    });

    test("another kind under the path of this one is invalid", async () => {
      expect(await refused(base("ipaddresspools"), custom("Pool", "p", {}))).toMatchObject({
        code: 422,
        causes: ["FieldValueInvalid kind"],
      });
      const otherVersion = await refused(base("ipaddresspools"), {
        ...pool("p"),
        apiVersion: "metallb.io/v1beta2",
      });
      expect(otherVersion).toMatchObject({ code: 400, reason: "BadRequest" });
    });

    test("a name that is no DNS subdomain is refused", async () => {
      expect(await refused(base("ipaddresspools"), pool("P_3"))).toMatchObject({
        code: 422,
        causes: ["FieldValueInvalid metadata.name"],
      });
    });

    test("labels and annotations are checked", async () => {
      const metadata = { name: "l", labels: { "a b": "c", d: "no spaces" }, annotations: { "e f": "g" } };
      const { code, causes } = await refused(base("ipaddresspools"), { ...pool("l"), metadata });
      expect(code).toBe(422);
      expect([...new Set(causes)]).toEqual([
        "FieldValueInvalid metadata.annotations",
        "FieldValueInvalid metadata.labels",
      ]);
    });

    test("an object is served in both of its versions; the older one warns and hides what it does not know", async () => {
      const client = bench.client();
      const spec = { myASN: 1, peerASN: 2, peerAddress: "192.0.2.9", vrf: "red", holdTime: "90s" };
      await client.create(base("bgppeers", "v1beta2"), custom("BGPPeer", "both", spec, "v1beta2"));
      const old = await client.request("GET", `${base("bgppeers")}/both`);
      expect(warningsOf(old)).toEqual(["v1beta1 is deprecated, please use v1beta2"]);
      const { spec: shown } = old.json as ClusterObject;
      expect(old.json).toMatchObject({ apiVersion: "metallb.io/v1beta1" });
      expect(shown).toEqual({
        myASN: 1,
        peerASN: 2,
        peerAddress: "192.0.2.9",
        holdTime: "90s",
        peerPort: 179,
      });
      const viaOld = await client.request("PATCH", `${base("bgppeers")}/both`, {
        ...mergePatch,
        body: { spec: { peerPort: 180 } },
      });
      expect(viaOld.code).toBe(200);
      const now = await client.get<ClusterObject>(`${base("bgppeers", "v1beta2")}/both`);
      expect(now).toMatchObject({
        apiVersion: "metallb.io/v1beta2",
        metadata: { generation: 2 },
        spec: { peerPort: 180, disableMP: false },
      });
    });

    test("an object made in the older version appears in the newer one with its defaults", async () => {
      const client = bench.client();
      const made = custom("BGPPeer", "from-old", { myASN: 1, peerASN: 2, peerAddress: "192.0.2.9" });
      const reply = await client.request("POST", base("bgppeers"), { body: made });
      expect(reply.code).toBe(201);
      expect(warningsOf(reply)).toEqual(["v1beta1 is deprecated, please use v1beta2"]);
      expect(reply.json).toMatchObject({ apiVersion: "metallb.io/v1beta1", spec: { peerPort: 179 } });
      const listed = await client.list(base("bgppeers", "v1beta2"));
      expect(listed.find(({ metadata }) => metadata.name === "from-old")).toMatchObject({
        apiVersion: "metallb.io/v1beta2",
        spec: { peerPort: 179, disableMP: false, dualStackAddressFamily: false },
      });
    });

    test("conditions in a status are checked by their pattern", async () => {
      const client = bench.client();
      const path = `${base("configurationstates")}/state`;
      await client.create(path, {
        apiVersion: "metallb.io/v1beta1",
        kind: "ConfigurationState",
        metadata: { name: "state" },
      });
      const conditions = [
        { type: "not a type", status: "Maybe", reason: "", message: "m", lastTransitionTime: "yesterday" },
      ];
      const reply = await client.request("PATCH", `${path}/status`, {
        ...mergePatch,
        body: { status: { conditions } },
      });
      const { causes = [] } = refusalOf(reply).details as { causes?: readonly Cause[] };
      const fields = causes
        .map(({ field }) => field)
        .filter((field) => field.startsWith("status.conditions[0]."));
      expect([...new Set(fields)].sort()).toEqual([
        "status.conditions[0].lastTransitionTime",
        "status.conditions[0].reason",
        "status.conditions[0].status",
        "status.conditions[0].type",
      ]);
    });
  });
}
