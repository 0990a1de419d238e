import { describe, expect, test } from "@jest/globals";
import { ip } from "../wire/testing/ip.ts";
import { buildStandings } from "./build-standings.ts";

function service(name: string, ...addresses: string[]) {
  const identity = { namespace: "default", name, uid: `uid-${name}` };
  return { service: identity, addresses: addresses.map(ip), suspended: [] };
}

function report(owned: string[], unannounceable: string[] = []) {
  return {
    owned: owned.map((text) => ({ address: ip(text), interfaces: ["eth0"] })),
    unannounceable: unannounceable.map((text) => ({ address: ip(text), because: "eth9 does not exist" })),
    held: [],
    defended: [],
  };
}

describe("buildStandings", () => {
  test("keeps the order of the status, and separates what works from what does not", () => {
    const standings = buildStandings(
      [service("web", "2001:db8::1", "192.0.2.1")],
      report(["192.0.2.1"], ["2001:db8::1"]),
    );
    expect([...standings]).toEqual([
      [
        "default/web",
        {
          service: { namespace: "default", name: "web", uid: "uid-web" },
          announced: [{ address: ip("192.0.2.1"), interfaces: ["eth0"] }],
          failed: [{ address: ip("2001:db8::1"), because: "eth9 does not exist" }],
          held: [],
          defended: [],
          suspended: undefined,
        },
      ],
    ]);
  });

  test("an address that a stranger holds is said, like one that was defended", () => {
    const mac = new Uint8Array([2, 0, 0, 0, 0, 0x99]);
    const seen = (text: string) => ({ address: ip(text), mac, since: "" });
    const standings = buildStandings([service("web", "192.0.2.1", "192.0.2.2")], {
      ...report(["192.0.2.2"]),
      held: [seen("192.0.2.1")],
      defended: [{ ...seen("192.0.2.2"), count: 3 }],
    });
    expect(standings.get("default/web")).toMatchObject({
      held: [{ address: ip("192.0.2.1"), mac: "02:00:00:00:00:99" }],
      defended: [{ address: ip("192.0.2.2"), mac: "02:00:00:00:00:99" }],
    });
  });

  test("that a rule is suspended is for the node that announces to say", () => {
    const last = { node: "a", reason: "taint", because: "carries the taint x:NoSchedule" } as const;
    const web = { ...service("web", "192.0.2.1"), suspended: [last] };
    expect(buildStandings([web], report(["192.0.2.1"])).get("default/web")?.suspended).toBe(
      "a carries the taint x:NoSchedule, but no other node that is Ready may announce it",
    );
    expect(buildStandings([web], report([], ["192.0.2.1"])).get("default/web")?.suspended).toBeUndefined();
  });

  test("Services of other nodes and addresses of no Service are left out", () => {
    expect(buildStandings([service("web", "192.0.2.1")], report(["192.0.2.9"])).size).toBe(0);
  });

  test("Services that share an address both stand on it, sorted by name", () => {
    const standings = buildStandings(
      [service("web", "192.0.2.1"), service("dns", "192.0.2.1")],
      report(["192.0.2.1"]),
    );
    expect([...standings.keys()]).toEqual(["default/dns", "default/web"]);
  });
});
