import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type LoadBalancerIngress, type ServiceResource } from "@steelyard/model/resources";
import fc from "fast-check";
import { serviceOf } from "../../core/testing/services.ts";
import { OperatorRig } from "../testing/operator-rig.ts";
import { turn } from "../testing/turn.ts";

const key = "shop/web";
const note = "steelyard.io/contested-addresses";
const mark = "metallb.io/ip-allocated-from-pool";

/** Another controller: what it does with the Service each time it looks, as an answer to a write of ours. */
type Rival = (service: ServiceResource) => ServiceResource;

const withIngress =
  (change: (ingress: readonly LoadBalancerIngress[]) => readonly LoadBalancerIngress[]): Rival =>
  (service) => ({
    ...service,
    status: {
      ...service.status,
      loadBalancer: { ingress: change(service.status?.loadBalancer?.ingress ?? []) },
    },
  });

const rivals = {
  clears: withIngress(() => []),
  "writes node addresses instead": withIngress(() => [{ ip: "10.0.0.1" }, { ip: "10.0.0.2" }]),
  "writes another address of the pool instead": withIngress(() => [{ ip: "192.0.2.9" }]),
  "takes out our annotation": ({ metadata, ...service }) => ({
    ...service,
    metadata: { ...metadata, annotations: {} },
  }),
  "takes out our conditions": ({ status, ...service }) => ({
    ...service,
    status: { loadBalancer: status?.loadBalancer ?? {} },
  }),
  "adds ports to our entry": withIngress((ingress) =>
    ingress.map((entry) => ({ ...entry, ports: [{ port: 80, protocol: "TCP" }] })),
  ),
  "adds a host name": withIngress((ingress) => [
    ...ingress.filter(({ ip }) => ip !== undefined),
    { hostname: "lb.example" },
  ]),
  "adds node addresses": withIngress((ingress) => [
    { ip: "10.0.0.1" },
    ...ingress.filter(({ ip }) => ip !== "10.0.0.1"),
  ]),
} satisfies Record<string, Rival>;

describe("a rival on the same Service", () => {
  let rig: OperatorRig;
  let reactions: number;

  beforeEach(async () => {
    rig = new OperatorRig();
    reactions = 0;
    rig.pool("edge", ["192.0.2.0/24"]);
    rig.advertisement("lan");
    rig.fieldHistory.services.set(key, [
      {
        manager: "rival",
        operation: "Update",
        fieldsV1: { "f:spec": { "f:loadBalancerIP": {} } },
      },
      {
        manager: "rival",
        operation: "Update",
        subresource: "status",
        fieldsV1: { "f:status": { "f:loadBalancer": { "f:ingress": {} } } },
      },
    ]);
    await rig.start();
    rig.cluster.services.put(serviceOf(key));
    await rig.settle();
    rig.takeWrites();
  });
  afterEach(() => rig.stop());

  const service = (): ServiceResource => {
    const stored = rig.cluster.services.get(key);
    if (stored === undefined) throw new Error("the Service is gone");
    return stored;
  };

  /** Both of them for some time; the rival answers each version that is not its own, but leaves what it wants alone. */
  async function fight(rival: Rival, seconds: number): Promise<readonly string[]> {
    let seen: string | undefined;
    for (let tenth = 0; tenth < seconds * 10; tenth++) {
      if (service().metadata.resourceVersion !== seen) {
        const next = rival(service());
        if (JSON.stringify(next) !== JSON.stringify(service())) {
          rig.cluster.services.put(next);
          reactions += 1;
        }
        seen = service().metadata.resourceVersion;
      }
      await turn();
      rig.clock.advance(100);
      await turn();
    }
    return rig.takeWrites().filter((write) => write === `Service ${key}`);
  }

  test.each(["adds ports to our entry", "adds a host name", "adds node addresses"] as const)(
    "that %s is not fought",
    async (which) => {
      expect(await fight(rivals[which], 120)).toEqual([]);
      expect(reactions).toBeGreaterThan(0);
      expect(rig.conditionOf(key, "Contested")).toBeUndefined();
      expect(rig.addressesOf(key)).toContain("192.0.2.0");
    },
  );

  test.each([
    "clears",
    "writes node addresses instead",
    "writes another address of the pool instead",
    "takes out our annotation",
    "takes out our conditions",
  ] as const)(
    "that %s gets a handful of answers, then one a minute, and its name in an event",
    async (which) => {
      expect((await fight(rivals[which], 60)).length).toBeLessThanOrEqual(6);
      expect((await fight(rivals[which], 300)).length).toBeLessThanOrEqual(5);
      expect(rig.metrics.term?.contestedServices).toBe(1);
      expect(rig.fieldHistory.questions).toBe(1);
      const told = rig.eventsOf("web").filter((event) => event.startsWith("StatusRewritten"));
      expect(told.length).toBe(1);
      expect(told.join()).toContain('field manager "rival" keeps changing');
      expect(told.join()).toContain("answering for 192.0.2.0");
    },
  );

  test("that writes addresses of its own changes none of ours, whoever leads", async () => {
    await fight(rivals["writes node addresses instead"], 300);
    await rig.restart();
    await fight(rivals["writes node addresses instead"], 300);
    expect([...rig.metrics.addressChanges]).toEqual([]);
    expect(rig.eventsOf("web").join()).not.toContain("10.0.0.");
  });

  test("that clears the status leaves the address, and the agents know it", async () => {
    await fight(rivals.clears, 120);
    expect(rig.addressesOf(key)).toEqual([]);
    expect(service().metadata.annotations?.[note]).toBe("192.0.2.0");
    expect(rig.conditionOf(key, "Contested")).toMatch(/^True StatusRewritten: field manager "rival" keeps/);
    rig.cluster.services.put(serviceOf("shop/other"));
    await rig.settle();
    expect(rig.addressesOf("shop/other")).toEqual(["192.0.2.1"]);
  });

  test("that gives up is forgotten after three minutes, with one write", async () => {
    await fight(rivals.clears, 60);
    await fight((one) => one, 65);
    expect(rig.addressesOf(key)).toEqual(["192.0.2.0"]);
    expect(await fight((one) => one, 300)).toEqual([`Service ${key}`]);
    expect(rig.conditionOf(key, "Contested")).toBeUndefined();
    expect(service().metadata.annotations).toEqual({ [mark]: "edge" });
    expect(rig.metrics.term?.contestedServices).toBe(0);
  });

  test("is known to the next operator, which writes nothing anew and keeps the address from others", async () => {
    await fight(rivals.clears, 120);
    await rig.stop();
    // It is older, so it would be served first if the address were free.
    rig.cluster.services.put(serviceOf("shop/other", { createdAt: "2026-11-22T07:00:00Z" }));
    await rig.start();
    expect(rig.addressesOf("shop/other")).toEqual(["192.0.2.1"]);
    expect(rig.takeWrites().filter((write) => write === `Service ${key}`)).toEqual([]);
    expect(rig.metrics.term?.contestedServices).toBe(1);
    expect((await fight(rivals.clears, 60)).length).toBeLessThanOrEqual(3);
    expect(service().metadata.annotations?.[note]).toBe("192.0.2.0");
  });

  describe("that changes the request", () => {
    const asks =
      (...addresses: readonly string[]): Rival =>
      (one) => ({
        ...one,
        spec: { ...one.spec, loadBalancerIP: addresses[reactions % addresses.length] ?? "" },
      });
    const rivalsOfRequest = {
      "to addresses outside the pools": asks("203.0.113.1", "203.0.113.2", "203.0.113.3"),
      "to addresses of the pool": asks("192.0.2.10", "192.0.2.20", "192.0.2.30"),
      "to and fro": asks("192.0.2.10", "192.0.2.20"),
      "to what is held, and away": asks("192.0.2.0", "192.0.2.20"),
    } satisfies Record<string, Rival>;

    test.each(Object.entries(rivalsOfRequest))(
      "each time we answer, %s, is answered a few times and named",
      async (_how, rival) => {
        // The first request may ask for what is held, which brings no answer of ours.
        await fight(rival, 1);
        expect((await fight(rival, 60)).length).toBeLessThanOrEqual(6);
        const settled = rig.addressesOf(key);
        expect(settled).toHaveLength(1);
        // It only answers our writes: two each time the contest seems to be over, after 10, 20, 40 and 60 minutes at most.
        expect((await fight(rival, 3600)).length).toBeLessThanOrEqual(10);
        expect(rig.addressesOf(key)).toEqual(settled);
        expect(rig.conditionOf(key, "Contested")).toMatch(
          /^True RequestFlips: field manager "rival" keeps changing spec.loadBalancerIP; 192\.0\.2\.\d+ stays/,
        );
        expect(rig.eventsOf("web").join()).toContain("RequestFlips x1: ");
      },
    );

    test("all the time, whether we answer or not, costs no more", async () => {
      const restless: Rival = (one) => ({
        ...one,
        spec: { ...one.spec, loadBalancerIP: `192.0.2.${reactions % 200}` },
      });
      let writes = 0;
      for (let second = 0; second < 120; second++) {
        rig.cluster.services.put(restless(service()));
        reactions += 1;
        writes += (await fight((one) => one, 1)).length;
      }
      expect(writes).toBeLessThanOrEqual(10);
    });

    test("by hand is followed at once, also when it is undone", async () => {
      for (const loadBalancerIP of ["192.0.2.10", "192.0.2.20", "192.0.2.10"]) {
        rig.cluster.services.put({ ...service(), spec: { ...service().spec, loadBalancerIP } });
        await fight((one) => one, 3);
        expect(rig.addressesOf(key)).toEqual([loadBalancerIP]);
      }
      expect(rig.conditionOf(key, "Contested")).toBeUndefined();
    });

    test("moves nothing when another operator takes over, whatever is asked for then", async () => {
      await fight(rivalsOfRequest["to and fro"], 60);
      const held = rig.addressesOf(key);
      const told = rig.conditionOf(key, "Contested");
      const other = held.includes("192.0.2.10") ? "192.0.2.20" : "192.0.2.10";
      rig.cluster.services.put({ ...service(), spec: { ...service().spec, loadBalancerIP: other } });
      await fight((one) => one, 1);
      rig.metrics.addressChanges.clear();
      await rig.restart();
      await fight(rivalsOfRequest["to and fro"], 120);
      expect(rig.addressesOf(key)).toEqual(held);
      expect([...rig.metrics.addressChanges]).toEqual([]);
      expect(rig.conditionOf(key, "Contested")).toBe(told);
    });

    test("and gives up: ten minutes later the request is followed again", async () => {
      await fight(rivalsOfRequest["to addresses of the pool"], 60);
      rig.cluster.services.put({ ...service(), spec: { ...service().spec, loadBalancerIP: "192.0.2.77" } });
      await fight((one) => one, 590);
      expect(rig.addressesOf(key)).not.toEqual(["192.0.2.77"]);
      await fight((one) => one, 25);
      expect(rig.addressesOf(key)).toEqual(["192.0.2.77"]);
      expect(rig.conditionOf(key, "Contested")).toBeUndefined();
    });
  });

  describe.each(["metallb.io/allow-shared-ip", "metallb.universe.tf/allow-shared-ip"])(
    "that puts in and takes out %s",
    (annotation) => {
      const shared = "192.0.2.7";
      const sharing = (name: string, port: number): ServiceResource =>
        serviceOf(name, {
          annotations: { [annotation]: "k" },
          spec: { loadBalancerIP: shared, ports: [{ port }] },
        });

      /** Every 15 seconds, which is slow enough to be no reaction of a program. */
      async function flipFor(seconds: number): Promise<readonly string[]> {
        const writes: string[] = [];
        for (let passed = 0; passed < seconds; passed += 15) {
          const { [annotation]: present, ...others } = service().metadata.annotations ?? {};
          const annotations = present === undefined ? { ...others, [annotation]: "k" } : others;
          rig.cluster.services.put({ ...service(), metadata: { ...service().metadata, annotations } });
          writes.push(...(await fight((one) => one, 15)));
        }
        return writes;
      }

      beforeEach(async () => {
        rig.fieldHistory.services.set(key, [
          {
            manager: "sharer",
            operation: "Update",
            fieldsV1: { "f:metadata": { "f:annotations": { [`f:${annotation}`]: {} } } },
          },
        ]);
        rig.cluster.services.put(sharing("shop/other", 443));
        await rig.settle();
        rig.cluster.services.put(sharing(key, 80));
        await rig.settle();
      });

      test.each<[string, string]>([
        ["older", "2026-11-22T07:00:00Z"],
        ["younger", "2026-11-22T09:00:00Z"],
      ])(
        "of the %s one takes it from neither when another operator takes over",
        async (_which, creationTimestamp) => {
          rig.cluster.services.put({ ...service(), metadata: { ...service().metadata, creationTimestamp } });
          await flipFor(120);
          const annotations = { [mark]: "edge" };
          rig.cluster.services.put({ ...service(), metadata: { ...service().metadata, annotations } });
          await fight((one) => one, 1);
          await rig.restart();
          await flipFor(60);
          expect([rig.addressesOf(key), rig.addressesOf("shop/other")]).toEqual([[shared], [shared]]);
        },
      );

      test("is named, and the address stays with both", async () => {
        await flipFor(120);
        expect((await flipFor(480)).length).toBeLessThanOrEqual(1);
        expect(rig.addressesOf(key)).toEqual([shared]);
        expect(rig.addressesOf("shop/other")).toEqual([shared]);
        expect(rig.conditionOf(key, "Contested")).toContain(
          `RequestFlips: field manager "sharer" keeps changing annotation ${annotation}; ${shared} stays`,
        );
      });
    },
  );
});

interface Scribble {
  readonly service: number;
  readonly ips: readonly string[];
  readonly thenTenths: number;
}

const scribble: fc.Arbitrary<Scribble> = fc.record({
  service: fc.nat({ max: 2 }),
  ips: fc.uniqueArray(fc.constantFrom("192.0.2.0", "192.0.2.1", "192.0.2.2", "192.0.2.3", "10.0.0.1"), {
    maxLength: 3,
  }),
  thenTenths: fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 200 })),
});

test("whatever is scribbled into statuses, everybody has the old address in the end, and nobody another's", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(scribble, { maxLength: 15 }), async (scribbles) => {
      const rig = new OperatorRig();
      rig.pool("edge", ["192.0.2.0/30"]);
      const keys = ["shop/a", "shop/b", "shop/c"];
      for (const one of keys) rig.cluster.services.put(serviceOf(one));
      await rig.start();
      const before = keys.map((one) => rig.addressesOf(one));
      const pass = async (tenths: number): Promise<void> => {
        for (let tenth = 0; tenth < tenths; tenth++) {
          await turn();
          rig.clock.advance(100);
        }
        await turn();
      };
      for (const { service, ips, thenTenths } of scribbles) {
        const stored = rig.cluster.services.get(keys[service] ?? "");
        const ingress = ips.map((ip) => ({ ip }));
        if (stored !== undefined)
          rig.cluster.services.put({ ...stored, status: { ...stored.status, loadBalancer: { ingress } } });
        await pass(thenTenths);
      }
      await pass(700);
      const after = keys.map((one) =>
        rig.addressesOf(one).filter((ip) => ip?.startsWith("192.0.2.") === true),
      );
      // What is scribbled beside an address stays with the Service that shows it, if nobody else has it.
      for (const [index, held] of before.entries())
        expect(after[index]).toEqual(expect.arrayContaining([...held]));
      expect(new Set(after.flat()).size).toBe(after.flat().length);
      await rig.stop();
    }),
    { numRuns: 25 },
  );
}, 60_000);
