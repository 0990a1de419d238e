import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import * as schemas from "./schema-validation.ts";

const { validateBgpPeer, validateConfigurationState, validateIpAddressPool, validateServiceL2Status } =
  schemas;

const CHECKS = Object.entries(schemas);

const pool = (spec: unknown, rest: object = {}) => ({
  apiVersion: "metallb.io/v1beta1",
  kind: "IPAddressPool",
  metadata: { name: "home", namespace: "metallb-system" },
  spec,
  ...rest,
});

describe("what is wrong, and where", () => {
  test.each<[string, unknown, string, string]>([
    [
      "another kind",
      pool({ addresses: [] }, { kind: "Pool" }),
      "kind",
      'must be one of "IPAddressPool", not "Pool"',
    ],
    ["no metadata", pool({ addresses: [] }, { metadata: undefined }), "metadata", "is required"],
    ["no object at all", null, "", "must be an object, not null"],
    ["a list", [], "", "must be an object, not a list of 0"],
    ["a missing field", pool({}), "spec.addresses", "is required"],
    ["an explicit null", pool({ addresses: null }), "spec.addresses", "must be an array, not null"],
    [
      "one entry of a list",
      pool({ addresses: ["192.0.2.0/28", 7] }),
      "spec.addresses[1]",
      "must be a string, not 7",
    ],
    [
      "a fraction",
      pool({ addresses: [], serviceAllocation: { priority: 1.5 } }),
      "spec.serviceAllocation.priority",
      "must be an integer, not 1.5",
    ],
    [
      "a label with a number for its name",
      pool({ addresses: [], serviceAllocation: { serviceSelectors: [{ matchLabels: { 7: true } }] } }),
      'spec.serviceAllocation.serviceSelectors[0].matchLabels["7"]',
      "must be a string, not true",
    ],
    [
      "a label with signs that JSON pointers escape",
      pool({ addresses: [], serviceAllocation: { serviceSelectors: [{ matchLabels: { "a.b/~c": {} } }] } }),
      'spec.serviceAllocation.serviceSelectors[0].matchLabels["a.b/~c"]',
      "must be a string, not an object",
    ],
    ["a long text", pool("x".repeat(1000)), "spec", `must be an object, not "${"x".repeat(79)}…`],
  ])("%s", (_, value, path, message) => {
    expect(validateIpAddressPool(value)).toEqual([{ path, message }]);
  });

  test("several at once", () => {
    const problems = validateIpAddressPool(pool({ autoAssign: 1, avoidBuggyIPs: 2 }));
    expect(problems.map(({ path }) => path)).toEqual([
      "spec.addresses",
      "spec.autoAssign",
      "spec.avoidBuggyIPs",
    ]);
  });

  test("a length counts characters, as the API server does, not UTF-16 units", () => {
    const state = (reason: string, message: string) => ({
      apiVersion: "metallb.io/v1beta1",
      kind: "ConfigurationState",
      metadata: { name: "controller" },
      status: {
        conditions: [
          { type: "t", status: "True", reason, message, lastTransitionTime: "2026-11-22T08:15:00Z" },
        ],
      },
    });
    expect(validateConfigurationState(state("Ok", "🚢".repeat(32768)))).toEqual([]);
    expect(validateConfigurationState(state("Ok", "🚢".repeat(32769)))).toMatchObject([
      {
        path: "status.conditions[0].message",
        message: expect.stringMatching(/^must have at most 32768 characters/),
      },
    ]);
    expect(validateConfigurationState(state("", "")).map(({ message }) => message)).toEqual([
      'must have at least 1 character, not ""',
      expect.stringMatching(/^must match /),
    ]);
  });

  test("fields that no schema knows are dropped by the API server, and so no problem", () => {
    expect(validateIpAddressPool(pool({ addresses: [], adresses: 7 }))).toEqual([]);
  });

  test("the value stays as it was: no default is filled in", () => {
    const value = Object.freeze(pool(Object.freeze({ addresses: Object.freeze(["192.0.2.0/28"]) })));
    expect(validateIpAddressPool(value)).toEqual([]);
  });
});

describe("rules that look back", () => {
  const peer = (enableGracefulRestart?: boolean) => ({
    apiVersion: "metallb.io/v1beta2",
    kind: "BGPPeer",
    metadata: { name: "tor-1" },
    spec: { myASN: 64512, ...(enableGracefulRestart !== undefined && { enableGracefulRestart }) },
  });
  const immutable = {
    path: "spec.enableGracefulRestart",
    message: "EnableGracefulRestart cannot be changed after creation",
  };

  test.each<[string, unknown, unknown, object[]]>([
    ["creation", peer(true), undefined, []],
    ["no change", peer(true), peer(true), []],
    ["a change", peer(true), peer(false), [immutable]],
    ["a first value", peer(true), peer(), []],
    ["no value any more", peer(), peer(true), []],
  ])("%s", (_, value, previous, problems) => {
    expect(validateBgpPeer(value, previous)).toEqual(problems);
  });

  test("a status object stays with its Service", () => {
    const status = (serviceName: string) => ({
      apiVersion: "metallb.io/v1beta1",
      kind: "ServiceL2Status",
      metadata: { name: "l2-x" },
      status: { node: "node-a", serviceName, serviceNamespace: "shop" },
    });
    expect(validateServiceL2Status(status("api"), status("web"))).toEqual([
      { path: "status.serviceName", message: "Value is immutable" },
    ]);
  });
});

test("there is a check for each of the ten versions", () => {
  expect(CHECKS.map(([name]) => name)).toHaveLength(10);
});

test.each(CHECKS)("%s never throws, whatever it is given", (_, validate) => {
  const anything = fc.object({
    key: fc.constantFrom("apiVersion", "kind", "metadata", "spec", "status", "addresses"),
  });
  fc.assert(
    fc.property(
      fc.oneof(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withTypedArray: true }),
        anything,
      ),
      (value) => Array.isArray(validate(value, value)),
    ),
  );
});

test("the generated validators import nothing", () => {
  const text = readFileSync(new URL("./generated/validators.js", import.meta.url), "utf8");
  expect(text).toContain("export const ipAddressPool");
  expect(text).not.toMatch(/\brequire\b|\bimport\b/);
});
