import { describe, expect, test } from "@jest/globals";
import { serviceOf } from "../testing/services.ts";
import { changedField, contentRequest, isMetBy, statedRequest, withRequest } from "./stated-request.ts";

const key = "shop/web";
type Parts = Parameters<typeof serviceOf>[1];

const requests: readonly (readonly [string, Parts])[] = [
  ["nothing", {}],
  ["an address in the spec", { spec: { loadBalancerIP: "192.0.2.1" } }],
  ["an address", { annotations: { "metallb.io/loadBalancerIPs": "192.0.2.1" } }],
  ["an address in the old words", { annotations: { "metallb.universe.tf/loadBalancerIPs": "192.0.2.1" } }],
  ["a pool", { annotations: { "metallb.io/address-pool": "edge" } }],
  ["an empty annotation", { annotations: { "metallb.io/address-pool": "" } }],
  ["to share", { annotations: { "metallb.io/allow-shared-ip": "k" } }],
  ["to share with others", { annotations: { "metallb.io/allow-shared-ip": "j" } }],
  ["to share in the old words", { annotations: { "metallb.universe.tf/allow-shared-ip": "k" } }],
];

test("what a Service asks for is told apart by where it stands and what it says", () => {
  const texts = requests.map(([, parts]) => statedRequest(serviceOf(key, parts)).text);
  expect(new Set(texts).size).toBe(requests.length);
});

test("other annotations ask for nothing", () => {
  const annotations = { "example.com/owner": "k", "metallb.io/ip-allocated-from-pool": "edge" };
  expect(statedRequest(serviceOf(key, { annotations })).text).toBe("");
});

describe.each(requests)("a Service as if it asked for %s", (_what, parts) => {
  const wanted = statedRequest(serviceOf(key, parts));

  test.each(requests)("though it asks for %s", (_actually, actual) => {
    const other = { annotations: { ...actual?.annotations, "example.com/owner": "k" } };
    const service = serviceOf(key, { ...actual, ...other });
    const posed = withRequest(service, wanted);
    const { annotations, loadBalancerIP } = statedRequest(posed);
    expect(annotations).toEqual(wanted.annotations);
    // A field that is empty asks for nothing, like one that is not there.
    expect(loadBalancerIP ?? "").toBe(wanted.loadBalancerIP ?? "");
    expect(posed.metadata.annotations?.["example.com/owner"]).toBe("k");
    expect({ ...posed, metadata: 0, spec: 0 }).toEqual({ ...service, metadata: 0, spec: 0 });
  });
});

test("a Service can be taken to be content with what it holds, and goes on sharing it", () => {
  const annotations = { "metallb.io/loadBalancerIPs": "192.0.2.1", "metallb.io/allow-shared-ip": "k" };
  const service = serviceOf(key, { annotations, spec: { loadBalancerIP: "192.0.2.2" } });
  const posed = withRequest(service, contentRequest(statedRequest(service)));
  expect(posed.metadata.annotations).toEqual({ "metallb.io/allow-shared-ip": "k" });
  expect(posed.spec.loadBalancerIP).toBe("");
});

test("the field that is another one is named, the one in the spec first", () => {
  const [nothing, inSpec, byAnnotation, , pool] = requests.map(([, parts]) =>
    statedRequest(serviceOf(key, parts)),
  );
  if (!nothing || !inSpec || !byAnnotation || !pool) throw new Error("there are fewer requests");
  expect(changedField(nothing, inSpec)).toEqual({ is: "load-balancer-ip" });
  expect(changedField(inSpec, pool)).toEqual({ is: "load-balancer-ip" });
  expect(changedField(byAnnotation, nothing)).toEqual({
    is: "annotation",
    name: "metallb.io/loadBalancerIPs",
  });
  expect(changedField(nothing, pool)).toEqual({ is: "annotation", name: "metallb.io/address-pool" });
});

test.each<[string, Parts, boolean]>([
  ["nothing", {}, true],
  ["what is held", { spec: { loadBalancerIP: "192.0.2.1" } }, true],
  ["both that are held", { annotations: { "metallb.io/loadBalancerIPs": "192.0.2.1, 2001:DB8::1" } }, true],
  ["another address", { spec: { loadBalancerIP: "192.0.2.2" } }, false],
  ["no address", { spec: { loadBalancerIP: "tunnel" } }, false],
  ["a pool", { annotations: { "metallb.io/address-pool": "edge" } }, false],
  ["sharing what is held", { annotations: { "metallb.io/allow-shared-ip": "k" } }, false],
])("a request for %s is met: %#", (_what, parts, met) => {
  expect(
    isMetBy(
      statedRequest(serviceOf(key, parts)),
      ["192.0.2.1", "2001:db8::1"],
      statedRequest(serviceOf(key)),
    ),
  ).toBe(met);
});
