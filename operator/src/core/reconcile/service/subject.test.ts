import { describe, expect, test } from "@jest/globals";
import { ips } from "../../testing/pools.ts";
import { dualStack, serviceOf } from "../../testing/services.ts";
import { holderFacts, subjectOf } from "./subject.ts";

const key = "shop/web";
const sharingKey = { "metallb.io/allow-shared-ip": "k" };

describe("what the allocator learns of a Service", () => {
  test("families, namespace and labels", () => {
    const service = serviceOf(key, { spec: dualStack, labels: { app: "web" } });
    expect(subjectOf(key, service)).toEqual({
      key,
      applicant: { namespace: "shop", labels: { app: "web" } },
      wanted: { want: "both-if-possible", primary: "IPv4", secondary: "IPv6" },
      servedFamilies: ["IPv4", "IPv6"],
      request: { asks: "nothing" },
      sharing: { key: undefined, backend: "", ports: [] },
      remembered: [],
    });
  });

  test("what it shares by", () => {
    const ports = [{ protocol: "UDP", port: 53 }, { port: 53 }];
    const service = serviceOf(key, { spec: { ports, selector: { app: "dns" } }, annotations: sharingKey });
    expect(subjectOf(key, service).sharing).toEqual({ key: "k", backend: "", ports: ["TCP/53", "UDP/53"] });
  });

  test("with policy Local, which pods serve, whatever the order of the selector", () => {
    const local = (selector: Readonly<Record<string, string>> | undefined) =>
      subjectOf(
        key,
        serviceOf(key, {
          spec: { externalTrafficPolicy: "Local", ...(selector && { selector }) },
          annotations: sharingKey,
        }),
      ).sharing?.backend;
    expect(local({ a: "1", b: "2" })).toBe(local({ b: "2", a: "1" }));
    expect(local({ a: "1" })).not.toBe(local({ a: "2" }));
    expect(local(undefined)).not.toBe("");
  });

  test.each([{}, { "metallb.io/allow-shared-ip": "" }])("nothing to share by with %j", (annotations) => {
    expect(subjectOf(key, serviceOf(key, { annotations })).sharing?.key).toBeUndefined();
  });

  test("what it remembers, as far as it can be read", () => {
    const annotations = { "steelyard.io/remembered-addresses": "192.0.2.1, nonsense,2001:db8::1" };
    expect(subjectOf(key, serviceOf(key, { annotations })).remembered).toEqual(
      ips("192.0.2.1", "2001:db8::1"),
    );
  });

  test("nothing of one that is no load balancer, unless it has a key", () => {
    const sharing = (annotations: Readonly<Record<string, string>>) =>
      holderFacts(serviceOf(key, { spec: { type: "ClusterIP" }, annotations }), []).sharing;
    expect([sharing({}), sharing(sharingKey)?.key]).toEqual([undefined, "k"]);
  });

  test("whether it is somebody else's", () => {
    expect(holderFacts(serviceOf(key), []).isForeign).toBe(false);
    expect(holderFacts(serviceOf(key), ["example.com/ours"]).isForeign).toBe(true);
  });
});
