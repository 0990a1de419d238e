import { describe, expect, test } from "@jest/globals";
import { ip } from "../core/wire/testing/ip.ts";
import { startAnnouncing, startWithService } from "./testing/announcing-agent.ts";

describe("the status of an agent", () => {
  test("before it knows anything says what it waits for", () => {
    const { agent } = startWithService();
    expect(agent.status).toEqual({
      node: "node-a",
      healthy: "ok",
      bgp: { peers: {} },
      ready: expect.stringMatching(/^waiting for the API server to list /),
      policy: undefined,
      members: undefined,
      addresses: {},
      segment: undefined,
    });
  });

  test("names owners with reasons, members, policy and what is wrong on the segment", async () => {
    const { agent, worker, pass } = await startAnnouncing();
    const mac = new Uint8Array([2, 0, 0, 0, 0, 0x99]);
    const members = [{ name: "node-a", state: "alive", kind: "steelyard" }] as const;
    worker.report(["192.0.2.1"], {
      members,
      held: [{ address: ip("192.0.2.9"), mac, since: "2026-11-30T10:00:00Z" }],
    });
    await pass();
    expect(agent.status).toEqual({
      node: "node-a",
      healthy: "ok",
      bgp: { peers: {} },
      ready: "ok",
      policy: { inForce: "sticky", because: "the flag says so" },
      members,
      addresses: {
        "192.0.2.1": {
          owner: "node-a",
          interfaces: ["eth0"],
          services: ["default/web"],
          because: "the only node that may",
        },
      },
      segment: {
        held: { "192.0.2.9": { mac: "02:00:00:00:00:99", since: "2026-11-30T10:00:00Z" } },
        defended: {},
        checks: {},
        unannounceable: {},
      },
    });
    worker.report([], { owners: [{ address: ip("192.0.2.1"), node: "node-b" }] });
    await pass();
    const { owner, interfaces } = agent.status.addresses["192.0.2.1"] ?? {};
    expect([owner, interfaces]).toEqual(["node-b", undefined]);
  });
});
