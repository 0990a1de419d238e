import { describe, expect, test } from "@jest/globals";
import { type AddressChange } from "../reconcile/index.ts";
import { ip, ips } from "../testing/pools.ts";
import { type Consequence, consequencesOf, type HeldBeforeAndAfter, type Holding } from "./consequence.ts";

function has(
  addresses: readonly string[],
  pool?: string,
  message = `${addresses.join(" and ")} from pool ${pool}`,
): Holding {
  return { addresses: ips(...addresses), pool, message };
}

function lost(from: string, to?: string): AddressChange {
  return { from: ip(from), to: to === undefined ? undefined : ip(to), cause: { is: "in-no-pool" } };
}

function judge(
  held: Omit<HeldBeforeAndAfter, "service" | "remembered"> & { readonly remembered?: readonly string[] },
): Consequence {
  const remembered = ips(...(held.remembered ?? []));
  const [consequence] = consequencesOf([{ ...held, service: "shop/web", remembered }]);
  if (consequence === undefined) throw new Error("no consequence");
  return consequence;
}

const nothing = has([], undefined, "pool lan is full");
const four = has(["192.0.2.1"], "lan");

describe("a Service", () => {
  test.each([
    { name: "keeps", before: four, after: four, changes: [], reason: "192.0.2.1 from pool lan" },
    {
      name: "keeps",
      before: four,
      after: has(["192.0.2.1"], "office"),
      changes: [],
      reason: "pool office contains it now, in place of pool lan",
    },
    {
      name: "moves",
      before: four,
      after: has(["198.51.100.1"], "office"),
      changes: [lost("192.0.2.1", "198.51.100.1")],
      reason: "no IPAddressPool gives it out any more; the new one is from pool office",
    },
    {
      name: "moves",
      before: four,
      after: has(["198.51.100.1"], "office"),
      changes: [lost("192.0.2.1", "198.51.100.1")],
      silentBecause: "NoEndpoint",
      reason:
        "no IPAddressPool gives it out any more; nobody answers for it now anyway (NoEndpoint); " +
        "the new one is from pool office",
    },
    {
      name: "loses",
      before: four,
      after: nothing,
      changes: [lost("192.0.2.1")],
      reason: "no IPAddressPool gives it out any more; pool lan is full",
    },
    {
      name: "loses",
      before: has(["192.0.2.1", "2001:db8::1"], "lan"),
      after: has(
        ["198.51.100.1"],
        "office",
        "198.51.100.1 from pool office, but no IPv6 address: it has none",
      ),
      changes: [lost("192.0.2.1", "198.51.100.1"), lost("2001:db8::1")],
      reason:
        "no IPAddressPool gives it out any more; 198.51.100.1 from pool office, but no IPv6 address: it has none",
    },
    { name: "gains", before: nothing, after: four, changes: [], reason: "192.0.2.1 from pool lan" },
    {
      name: "gains",
      before: four,
      after: has(["192.0.2.1", "2001:db8::1"], "lan"),
      changes: [],
      reason: "192.0.2.1 and 2001:db8::1 from pool lan",
    },
    { name: "waits", before: nothing, after: nothing, changes: [], reason: "pool lan is full" },
  ])("$name: $reason", ({ name, reason, ...held }) => {
    expect(judge(held)).toMatchObject({ consequence: name, reason });
  });

  test("that gets back what it had is told so", () => {
    expect(judge({ before: nothing, after: four, changes: [], remembered: ["192.0.2.1"] }).reason).toBe(
      "192.0.2.1 (which it had before) from pool lan",
    );
  });

  test("that loses an address and has it back in the end keeps it", () => {
    expect(judge({ before: four, after: four, changes: [lost("192.0.2.1")] })).toMatchObject({
      consequence: "keeps",
      changes: [],
    });
  });

  test("that moves twice moves from the first to the last, for the first cause", () => {
    const changes = [
      lost("192.0.2.1", "192.0.2.2"),
      {
        from: ip("192.0.2.2"),
        to: ip("192.0.2.3"),
        cause: { is: "request", source: "spec.loadBalancerIP: 192.0.2.3" },
      } as const,
    ];
    expect(judge({ before: four, after: has(["192.0.2.3"], "lan"), changes }).changes).toEqual([
      {
        from: "192.0.2.1",
        to: "192.0.2.3",
        cause: "in-no-pool",
        because: "no IPAddressPool gives it out any more",
      },
    ]);
  });
});

test("consequences are sorted by Service, whatever the order of the list", () => {
  const held = (service: string): HeldBeforeAndAfter => ({
    service,
    before: four,
    after: four,
    changes: [],
    remembered: [],
  });
  expect(consequencesOf([held("b/a"), held("a/b")]).map(({ service }) => service)).toEqual(["a/b", "b/a"]);
});
