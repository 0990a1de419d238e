import { describe, expect, test } from "@jest/globals";
import { KubeError, type KubeRequest } from "@steelyard/client";
import { ApiRig, type Fault, type RiggedOperator, type SentRequest } from "../testing/api-rig.ts";

const minutes = 60_000;
const refused = new KubeError({ code: "connection", message: "ECONNREFUSED" });
const internal = new KubeError({ code: "internal", message: "etcd has no leader", status: 500 });
const gone = new KubeError({ code: "expired", message: "too old resource version", status: 410 });
const conflict = new KubeError({ code: "conflict", message: "the object has been modified", status: 409 });
const busy = new KubeError({
  code: "too-many-requests",
  message: "slow down",
  status: 429,
  retryAfterMs: 1000,
});

const isLease = ({ path }: KubeRequest): boolean => path.includes("/leases");
const isEvent = ({ path }: KubeRequest): boolean => path.endsWith("/events");
const isStatusWrite = ({ path }: KubeRequest): boolean => path.endsWith("/status");
const isServiceStatus = ({ path }: KubeRequest): boolean => /\/services\/[^/]+\/status$/.test(path);
const isRead = (request: KubeRequest): boolean => request.method === "GET" && !isLease(request);

function countOf(requests: readonly SentRequest[], pattern: RegExp): number {
  return requests.filter(({ text }) => pattern.test(text)).length;
}

/** An operator with forty Services that are served; then a fault for ten minutes, in which twenty more come. */
async function outage(
  fault: Fault,
  recoversWithin = 5_000,
): Promise<{ rig: ApiRig; requests: readonly SentRequest[] }> {
  const rig = new ApiRig();
  rig.putPool("edge", ["192.0.2.0/24"]);
  rig.putServices("held", 40);
  const operator = await rig.startOperator("pod-1");
  await rig.pass(3_000);
  expect(rig.waiting).toBe(0);
  const before = rig.addresses();
  rig.takeRequests();
  operator.fault = fault;
  rig.api.breakWatches();
  await rig.pass(1 * minutes);
  rig.putServices("new", 20);
  await rig.pass(9 * minutes);
  const requests = rig.takeRequests();
  expect(rig.addresses()).toMatchObject(before);
  expect(rig.waiting).toBe(20);
  operator.fault = () => undefined;
  await rig.pass(recoversWithin);
  expect(rig.waiting).toBe(0);
  expect(rig.addresses()).toMatchObject(before);
  expect(new Set(Object.values(rig.addresses())).size).toBe(60);
  await expectSteadyState(rig, operator);
  return { rig, requests };
}

/** Watches are open, the Lease is renewed, and nothing else is asked for. */
async function expectSteadyState(rig: ApiRig, operator: RiggedOperator): Promise<void> {
  await rig.pass(10_000);
  rig.takeRequests();
  await rig.pass(1 * minutes);
  // Nor do watches count that are opened again: this server sends no bookmarks, so they are silent for too long.
  const others = rig.takeRequests().filter(({ text }) => !/^WATCH|\/leases\//.test(text));
  expect(others).toEqual([]);
  expect(operator.operator.readiness).toEqual({ ok: true, because: "leading" });
  const stopped = operator.stop();
  await rig.pass(1_000);
  await stopped;
  expect(rig.clock.pendingTimers).toBe(0);
}

/** Every kind is asked for at most once a second: the waits reach two seconds, of which half is chance. */
function expectBoundedReads(requests: readonly SentRequest[]): void {
  const collections = new Set(
    requests.filter(({ text }) => text.startsWith("WATCH")).map(({ text }) => text),
  );
  expect(collections.size).toBeGreaterThan(0);
  for (const watch of collections) {
    const path = watch.replace("WATCH ", "");
    expect(requests.filter(({ text }) => text.endsWith(` ${path}`)).length).toBeLessThanOrEqual(2 * 605);
  }
}

describe("for ten minutes, and back within five seconds:", () => {
  test("an API server that is away is asked for the Lease every two seconds and for nothing to be written", async () => {
    const { requests } = await outage(() => refused);
    expectBoundedReads(requests);
    expect(countOf(requests, /\/leases/)).toBeLessThanOrEqual(305);
    // The Lease runs out after ten seconds, and with it the right to write.
    expect(countOf(requests, /\/status$/)).toBe(0);
  });

  test("one that answers everything with 500", async () => {
    const { requests } = await outage(() => internal);
    expectBoundedReads(requests);
    expect(countOf(requests, /\/leases/)).toBeLessThanOrEqual(305);
    expect(countOf(requests, /\/status$/)).toBe(0);
  });

  test("one that takes no status: twenty wait, and together they try once in three seconds", async () => {
    const { requests } = await outage((request) => (isStatusWrite(request) ? internal : undefined));
    const writes = requests.filter(({ text }) => text.endsWith("/status"));
    // Up to eight are under way when the fifth failure shuts the gate.
    expect(writes.length).toBeLessThanOrEqual(5 + 8 + 540 / 3 + 3);
    expect(writes.length).toBeGreaterThan(100);
  });

  test("one that is silent: what hangs at its return is given up when the Lease is had again, after 8 s at most", async () => {
    const { requests } = await outage(() => "hangs", 8_000);
    expect(requests.length).toBeLessThanOrEqual(600);
  });

  test("one that asks everybody to slow down is left alone for as long as it says", async () => {
    const { requests } = await outage((request) => (isStatusWrite(request) ? busy : undefined));
    expect(countOf(requests, /\/status$/)).toBeLessThanOrEqual(5 + 8 + 540 / 3 + 3);
  });

  test("one whose history is always gone is listed about once in two seconds", async () => {
    const { requests } = await outage((request) => (isRead(request) ? gone : undefined));
    expectBoundedReads(requests);
    expect(countOf(requests, /\/status$/)).toBe(0);
  });

  test("one that finds a conflict in every write: no more than in an outage", async () => {
    const { requests } = await outage((request) => (isStatusWrite(request) ? conflict : undefined));
    expect(countOf(requests, /\/status$/)).toBeLessThanOrEqual(64 + 8 + 540 / 3 + 60);
  });

  test("one that takes the status of pools and not of Services: no more than in an outage", async () => {
    const rig = new ApiRig();
    for (let pool = 0; pool < 100; pool++) rig.putPool(`pool${pool}`, [`10.0.${pool}.0/31`]);
    const operator = await rig.startOperator("pod-1");
    operator.fault = (request) => (isServiceStatus(request) ? internal : undefined);
    rig.takeRequests();
    for (let second = 0; second < 60; second++) {
      rig.putServices(`new${second}-`, 3);
      await rig.pass(1_000);
    }
    const requests = rig.takeRequests();
    expect(countOf(requests, /services\/.*\/status$/)).toBeLessThanOrEqual((5 + 8) * (5 + 60 / 3));
    expect(countOf(requests, /services\/.*\/status$/)).toBeGreaterThan(60);
    expect(countOf(requests, /ipaddresspools\/.*\/status$/)).toBeGreaterThan(10);
    expect(operator.metrics.read?.().gateClosings).toBeLessThanOrEqual(5 + 60 / 3);
    expect(rig.log.lines.filter((line) => /^warn.* writes/.test(line)).length).toBeLessThanOrEqual(2);
    operator.fault = () => undefined;
    await rig.pass(5_000);
    expect(rig.waiting).toBe(0);
    const stopped = operator.stop();
    await rig.pass(1_000);
    await stopped;
    expect(rig.clock.pendingTimers).toBe(0);
  });

  test("one that stores no events is in nobody's way", async () => {
    const rig = new ApiRig();
    rig.putPool("edge", ["192.0.2.0/24"]);
    const operator = await rig.startOperator("pod-1");
    operator.fault = (request) => (isEvent(request) ? internal : undefined);
    rig.putServices("new", 20);
    await rig.pass(2_000);
    expect(rig.waiting).toBe(0);
    await rig.pass(10 * minutes);
    expect(operator.metrics.droppedEvents).toBeGreaterThan(0);
    const stopped = operator.stop();
    await rig.pass(1_000);
    await stopped;
  });
});
