import { expect, test } from "@jest/globals";
import { projectPodFacts, projectPodReadiness } from "./pod-facts.ts";

const pod = (status: object) =>
  projectPodFacts({ metadata: { name: "web-1", labels: { app: "web" } }, status });
const waiting = (reason: string) => ({ name: "main", ready: false, state: { waiting: { reason } } });

test.each([
  ["ready", { phase: "Running", conditions: [{ type: "Ready", status: "True" }] }, undefined],
  ["without a status", {}, "is Unknown"],
  [
    "without a node",
    {
      phase: "Pending",
      conditions: [{ type: "PodScheduled", status: "False", message: "0/3 nodes are available" }],
    },
    "is not scheduled (0/3 nodes are available)",
  ],
  [
    "that crashes",
    { phase: "Running", containerStatuses: [waiting("CrashLoopBackOff")] },
    "is not ready (container main: CrashLoopBackOff)",
  ],
  [
    "that waits for its start",
    {
      phase: "Pending",
      initContainerStatuses: [
        { name: "first", ready: false, state: { terminated: { reason: "Completed" } } },
        { ...waiting("ImagePullBackOff"), name: "second" },
      ],
      containerStatuses: [waiting("PodInitializing")],
    },
    "is not ready (container second: ImagePullBackOff)",
  ],
  [
    "whose probe fails",
    {
      phase: "Running",
      conditions: [{ type: "Ready", status: "False" }],
      containerStatuses: [{ ready: false }],
    },
    "is not ready (its readiness probe has not succeeded)",
  ],
  ["that has ended", { phase: "Succeeded" }, "is Succeeded"],
])("a pod %s", (_what, status, why) => {
  expect(pod(status)).toEqual({ name: "web-1", labels: { app: "web" }, whyNotReady: why });
});

test("what is said of it is short", () => {
  const message = "x".repeat(5_000);
  const conditions = [{ type: "PodScheduled", status: "False", message }];
  expect(pod({ conditions }).whyNotReady?.length).toBeLessThan(210);
});

test("an agent's Pod is ready as long as nobody says that it is not", () => {
  const whyNot = (status: object) => projectPodReadiness({ metadata: { name: "speaker-x" }, status });
  const containerStatuses = [waiting("CrashLoopBackOff")];
  const ready = (status: string) => ({ conditions: [{ type: "Ready", status }], containerStatuses });
  expect(whyNot({ phase: "Running" })).toEqual({ name: "speaker-x", whyNotReady: undefined });
  expect(whyNot(ready("True")).whyNotReady).toBeUndefined();
  expect(whyNot(ready("False")).whyNotReady).toBe("is not ready (container main: CrashLoopBackOff)");
});
