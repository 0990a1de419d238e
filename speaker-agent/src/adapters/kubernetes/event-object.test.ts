import { expect, test } from "@jest/globals";
import { ManualClock, seededRandom } from "@steelyard/model/testing";
import { buildEventObject } from "./event-object.ts";

test("an event names the Service, the speaker and its node", () => {
  const deps = { clock: new ManualClock({ wallStart: "2026-05-06T07:08:09.123Z" }), random: seededRandom(1) };
  const service = { namespace: "default", name: "web", uid: "u1" };
  const event = { type: "Normal", reason: "nodeAssigned", message: "announcing", service } as const;
  const object = buildEventObject(event, "node-a", deps);
  expect(object.metadata.name).toMatch(/^web\.[0-9a-f]{16}$/);
  expect(object).toEqual({
    apiVersion: "v1",
    kind: "Event",
    metadata: { namespace: "default", name: object.metadata.name },
    involvedObject: { apiVersion: "v1", kind: "Service", namespace: "default", name: "web", uid: "u1" },
    type: "Normal",
    reason: "nodeAssigned",
    message: "announcing",
    source: { component: "metallb-speaker", host: "node-a" },
    reportingComponent: "metallb-speaker",
    reportingInstance: "node-a",
    firstTimestamp: "2026-05-06T07:08:09Z",
    lastTimestamp: "2026-05-06T07:08:09Z",
    count: 1,
  });
  expect(buildEventObject(event, "node-a", deps).metadata.name).not.toBe(object.metadata.name);
});
