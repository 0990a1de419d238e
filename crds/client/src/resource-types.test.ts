import { describe, expect, test } from "@jest/globals";
import {
  collectionPath,
  ipAddressPools,
  keyText,
  nodes,
  objectPath,
  parseKeyText,
  resourceName,
  services,
} from "./resource-types.ts";

describe("paths", () => {
  test.each([
    [collectionPath(services), "/api/v1/services"],
    [collectionPath(services, "a b"), "/api/v1/namespaces/a%20b/services"],
    [collectionPath(nodes, "ignored"), "/api/v1/nodes"],
    [collectionPath(ipAddressPools, "ns"), "/apis/metallb.io/v1beta1/namespaces/ns/ipaddresspools"],
    [
      objectPath(services, { namespace: "ns", name: "x" }, "status"),
      "/api/v1/namespaces/ns/services/x/status",
    ],
    [objectPath(nodes, { name: "x" }), "/api/v1/nodes/x"],
  ])("%s", (path, expected) => expect(path).toBe(expected));
});

describe("names", () => {
  test("of kinds are those that kubectl prints", () => {
    expect([resourceName(services), resourceName(ipAddressPools)]).toEqual([
      "services",
      "ipaddresspools.metallb.io",
    ]);
  });

  test("of objects have one text form, which can be read back", () => {
    for (const key of [{ name: "node" }, { namespace: "ns", name: "x" }])
      expect(parseKeyText(keyText(key))).toEqual(key);
    expect(keyText({ namespace: "", name: "node" })).toBe("node");
  });
});
