import { expect, test } from "@jest/globals";
import { servingNodes } from "@steelyard/model/services";
import { isSameForAnnouncing, projectEndpointSummary, slicesOf } from "./endpoint-summary.ts";

const slice = (...endpoints: readonly object[]) =>
  projectEndpointSummary({
    metadata: {
      namespace: "shop",
      name: "web-x7k2p",
      labels: { "kubernetes.io/service-name": "web", other: "label" },
      managedFields: [{ manager: "someone" }],
    },
    endpoints,
  });

const ready = (nodeName: string) => ({ nodeName, addresses: ["10.0.0.1"], conditions: { ready: true } });
const unready = { nodeName: "node-c", conditions: { ready: false } };

test("a slice is kept as the nodes that serve, each once", () => {
  expect(slice(ready("node-b"), ready("node-a"), ready("node-b"), unready)).toEqual({
    service: "shop/web",
    nodes: ["node-a", "node-b"],
    canServe: true,
    hasEndpoints: true,
  });
  expect(projectEndpointSummary({ metadata: { name: "orphan" } })).toEqual({
    service: undefined,
    nodes: [],
    canServe: false,
    hasEndpoints: false,
  });
});

test.each([
  ["nothing", [], false, []],
  ["one that is not ready", [unready], false, []],
  ["one without a node", [{}], true, []],
  ["both sorts", [ready("node-a"), unready], true, ["node-a"]],
])("the rules of announcing see %s as it was", (_what, endpoints, anywhere, nodes) => {
  const serving = servingNodes(slicesOf([slice(...endpoints)]));
  expect([serving.anywhere, [...serving.nodes]]).toEqual([anywhere, nodes]);
});

test("a rolling update on the same nodes changes nothing, and nodes matter to policy Local only", () => {
  const before = slice(ready("node-a"));
  const during = slice(ready("node-a"), ready("node-a"), unready);
  const moved = slice(ready("node-b"));
  expect(isSameForAnnouncing(before, during, { byNode: true })).toBe(true);
  expect(isSameForAnnouncing(before, moved, { byNode: false })).toBe(true);
  expect(isSameForAnnouncing(before, moved, { byNode: true })).toBe(false);
  expect(isSameForAnnouncing(before, slice(unready), { byNode: false })).toBe(false);
  expect(isSameForAnnouncing(undefined, slice(), { byNode: true })).toBe(true);
  expect(isSameForAnnouncing(undefined, slice(unready), { byNode: false })).toBe(false);
});
