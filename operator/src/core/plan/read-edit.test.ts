import { describe, expect, test } from "@jest/globals";
import { type GivenEdit, readEdit } from "./read-edit.ts";

const namespace = "metallb-system";
const lan = {
  apiVersion: "metallb.io/v1beta1",
  kind: "IPAddressPool",
  metadata: { name: "lan", namespace },
  spec: { addresses: ["192.0.2.0/28"] },
};

function read(...values: readonly unknown[]): GivenEdit {
  return readEdit(
    values.map((value) => ({ source: "new.yaml", value })),
    namespace,
  );
}

describe("the documents of a file", () => {
  test("are taken apart where they are lists, and empty ones are nothing", () => {
    const office = { ...lan, metadata: { name: "office", namespace } };
    const inner = { apiVersion: "v1", kind: "List", items: [office] };
    const edit = read(null, lan, { apiVersion: "v1", kind: "List", items: [inner] });
    expect(edit.pools.map(({ name }) => name)).toEqual(["lan", "office"]);
    expect([edit.faults, edit.ignored, edit.notes]).toEqual([[], [], []]);
  });

  test("are named where they decide about no address", () => {
    const { pools, ignored } = read(
      { apiVersion: "metallb.io/v1beta1", kind: "L2Advertisement", metadata: { name: "lan", namespace } },
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
      { apiVersion: "example.com/v1", kind: "IPAddressPool", metadata: { name: "other" } },
      { ...lan, metadata: { name: "lan", namespace: "default" } },
    );
    expect(pools).toEqual([]);
    expect(ignored).toEqual([
      "L2Advertisement metallb-system/lan",
      "Namespace shop",
      "IPAddressPool other",
      "IPAddressPool default/lan (pools count only in namespace metallb-system)",
    ]);
  });

  test("count where the operator reads pools when they name no namespace, and that is said", () => {
    const { pools, notes } = read({ ...lan, metadata: { name: "lan" } });
    expect(pools[0]?.object).toEqual(lan);
    expect(notes).toEqual(["IPAddressPool lan names no namespace; apply it with --namespace metallb-system"]);
  });

  test("that name one pool twice are told of", () => {
    expect(read(lan, lan).notes).toEqual(["IPAddressPool lan is given more than once; the last one counts"]);
  });
});

describe("what the API server would refuse", () => {
  test.each([
    { name: "a text", value: "addresses", fault: ["document 1", "", "is no Kubernetes object"] },
    {
      name: "an entry of a list",
      value: { apiVersion: "v1", kind: "List", items: [null] },
      fault: ["document 1, items[0]", "", "is no Kubernetes object"],
    },
    { name: "no kind", value: { apiVersion: "v1" }, fault: ["document 1", "kind", "is required"] },
    {
      name: "no version",
      value: { kind: "IPAddressPool" },
      fault: ["document 1", "apiVersion", "is required"],
    },
    {
      name: "no name",
      value: { ...lan, metadata: {} },
      fault: ["IPAddressPool of document 1", "metadata.name", "is required"],
    },
    {
      name: "a version that is not served",
      value: { ...lan, apiVersion: "metallb.io/v1beta2" },
      fault: [
        "IPAddressPool metallb-system/lan",
        "apiVersion",
        "must be metallb.io/v1beta1, not metallb.io/v1beta2",
      ],
    },
    {
      name: "a field of another type",
      value: { ...lan, spec: { addresses: ["192.0.2.0/28"], autoAssign: "no" } },
      fault: ["IPAddressPool metallb-system/lan", "spec.autoAssign", 'must be a boolean, not "no"'],
    },
    {
      name: "a field that is missing",
      value: { ...lan, spec: {} },
      fault: ["IPAddressPool metallb-system/lan", "spec.addresses", "is required"],
    },
  ])("$name is named with object and field", ({ value, fault }) => {
    const [object, path, message] = fault;
    const { pools, faults } = read(value);
    expect({ pools, faults }).toEqual({ pools: [], faults: [{ source: "new.yaml", object, path, message }] });
  });

  test("fields that a pool does not have are named, and so is what is missing for a slip of the pen", () => {
    const matchExpressions = [{ key: "tier", operator: "In", value: ["front"] }];
    const serviceAllocation = { serviceSelectors: [{ matchLabels: { any: "one" } }, { matchExpressions }] };
    const spec = { addreses: ["192.0.2.0/28"], constructor: 1, serviceAllocation };
    const { pools, faults } = read({ ...lan, spec, status: { old: true }, speck: {} });
    expect(pools).toEqual([]);
    expect(faults.map(({ path, message }) => `${path} ${message}`)).toEqual([
      "spec.addreses is no field of an IPAddressPool",
      "spec.constructor is no field of an IPAddressPool",
      "spec.serviceAllocation.serviceSelectors[1].matchExpressions[0].value is no field of an IPAddressPool",
      "speck is no field of an IPAddressPool",
      "spec.addresses is required",
    ]);
  });

  test("is none of the fields that a pool can have", () => {
    const selectors = [{ matchLabels: {}, matchExpressions: [{ key: "a", operator: "In", values: ["b"] }] }];
    const serviceAllocation = {
      priority: 1,
      namespaces: ["shop"],
      namespaceSelectors: selectors,
      serviceSelectors: selectors,
    };
    const spec = { addresses: ["192.0.2.0/28"], autoAssign: true, avoidBuggyIPs: true, serviceAllocation };
    expect(read({ ...lan, spec }).faults).toEqual([]);
  });
});
