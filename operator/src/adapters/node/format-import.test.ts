import { expect, test } from "@jest/globals";
import { parseAllDocuments } from "yaml";
import { type ImportReport } from "../../core/import/index.ts";
import { formatImport } from "./format-import.ts";

const pool = {
  apiVersion: "metallb.io/v1beta1",
  kind: "IPAddressPool",
  metadata: { name: "a" },
  spec: { addresses: ["192.0.2.0/28"] },
};
const report: ImportReport = {
  groups: [
    {
      from: { source: "a.yaml", object: "Eip a" },
      objects: [pool, { ...pool, metadata: { name: "b" } }],
      lost: ["spec.x: has no\nequivalent here"],
      hints: ["one"],
    },
    { from: { source: "a.yaml", object: "Eip c" }, objects: [], lost: ["all of it"], hints: [] },
  ],
  ignored: ["Deployment a/b"],
  faults: [],
};

test("comments stand before the first object of their group, each in one line", () => {
  expect(formatImport(report)).toBe(`---
# From Eip a (a.yaml)
# NOT CARRIED OVER: spec.x: has no equivalent here
# Note: one
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata:
  name: a
spec:
  addresses:
    - 192.0.2.0/28
---
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata:
  name: b
spec:
  addresses:
    - 192.0.2.0/28
# From Eip c (a.yaml)
# NOT CARRIED OVER: all of it
# Passed over: Deployment a/b
`);
});

test("what is printed can be read again", () => {
  const objects = parseAllDocuments(formatImport(report)).map((document) => document.toJS() as unknown);
  expect(objects).toEqual(report.groups[0]?.objects);
});
