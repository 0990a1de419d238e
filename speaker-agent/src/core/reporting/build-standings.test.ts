import { describe, expect, test } from "@jest/globals";
import { ip } from "../wire/testing/ip.ts";
import { type WorkerReport } from "../machines/announcer/types.ts";
import { buildStandings } from "./build-standings.ts";

function service(name: string, ...addresses: string[]) {
  return { service: { namespace: "default", name, uid: `uid-${name}` }, addresses: addresses.map(ip) };
}

function report(owned: string[], unannounceable: string[] = []): WorkerReport {
  return {
    snapshotVersion: 1,
    links: [],
    owned: owned.map((text) => ({ address: ip(text), interfaces: ["eth0"] })),
    unannounceable: unannounceable.map((text) => ({ address: ip(text), because: "eth9 does not exist" })),
    counters: [],
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
        },
      ],
    ]);
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
