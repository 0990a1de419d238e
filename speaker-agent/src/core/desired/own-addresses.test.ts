import { describe, expect, test } from "@jest/globals";
import { formatIpAddress } from "@steelyard/model/address";
import { type ServiceResource } from "@steelyard/model/resources";
import { heldAddresses } from "@steelyard/model/services";
import { decideAnnouncements } from "./decide-announcements.ts";
import { withOwnAddresses } from "./own-addresses.ts";
import { announcingOptions, advertisement, config, node, pool, service, slice } from "./testing/cluster.ts";

const pools = config(pool("main", ["192.168.1.0/24", "2001:db8::/64"], [advertisement()]));
const noting = (note: string) => ({ annotations: { "steelyard.io/contested-addresses": note } });

/** The addresses that count, by Service. */
function own(...services: readonly ServiceResource[]): Readonly<Record<string, readonly string[]>> {
  const texts = withOwnAddresses(services, pools).map((one): [string, readonly string[]] => [
    one.metadata.name,
    heldAddresses(one).addresses.map(formatIpAddress),
  ]);
  return Object.fromEntries(texts);
}

describe("which addresses of a Service are announced", () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ["its own", ["192.168.1.1"], ["192.168.1.1"]],
    ["not those of nodes beside it", ["10.0.0.1", "192.168.1.1", "10.0.0.2"], ["192.168.1.1"]],
    ["both families", ["192.168.1.1", "2001:db8::1"], ["192.168.1.1", "2001:db8::1"]],
    ["the half that has lost its pool", ["192.168.1.1", "2001:db9::1"], ["192.168.1.1", "2001:db9::1"]],
    ["the one that has lost its pool", ["172.16.0.1"], ["172.16.0.1"]],
  ])("%s", (_what, ips, counted) => {
    expect(own(service("web", { ips }))).toEqual({ web: counted });
  });

  test("the contested ones, whatever the status shows", () => {
    const metadata = noting("192.168.1.1,2001:db8::1");
    expect(own(service("web", { metadata }))).toEqual({ web: ["192.168.1.1", "2001:db8::1"] });
    expect(own(service("web", { metadata, ips: ["10.0.0.1"] }))).toEqual({
      web: ["192.168.1.1", "2001:db8::1"],
    });
    expect(own(service("web", { metadata, ips: ["192.168.1.1"] }))).toEqual({
      web: ["192.168.1.1", "2001:db8::1"],
    });
  });

  test("but none that another Service shows, of whatever class", () => {
    const victim = service("victim", { ips: ["192.168.1.1"], spec: { loadBalancerClass: "other" } });
    expect(own(service("thief", { metadata: noting("192.168.1.1"), ips: ["192.168.1.2"] }), victim)).toEqual({
      thief: ["192.168.1.2"],
      victim: ["192.168.1.1"],
    });
  });

  test("a Service for which nothing is different stays the same object", () => {
    const services = [service("web", { ips: ["192.168.1.1"] }), service("new")];
    expect(withOwnAddresses(services, pools).every((one, index) => one === services[index])).toBe(true);
  });
});

test("an address that a rival has cleared is announced on", () => {
  const announced = (one: ServiceResource) =>
    decideAnnouncements(
      { config: pools, services: [one], endpointSlices: [slice("web", "node-a")], nodes: [node("node-a")] },
      announcingOptions,
    ).addresses;
  const before = announced(service("web", { ips: ["192.168.1.1"] }));
  expect(before).toHaveLength(1);
  expect(announced(service("web", { metadata: noting("192.168.1.1") }))).toEqual(before);
  expect(announced(service("web", { ips: ["10.0.0.7", "192.168.1.1"] }))).toEqual(before);
});
