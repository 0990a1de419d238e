import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { workerOf } from "../../topology/failover-lab.ts";
import { Lab } from "../../topology/lab.ts";
import { l2AdvertisementObject, poolObject } from "../../topology/objects.ts";
import { podPort } from "../../topology/pod-server.ts";
import { tell } from "../failover/tell.ts";
import { api, describeSwap, watchAddresses, withoutGap } from "./swap-lab.ts";

describeSwap("MetalLB's controller is replaced, and comes back", () => {
  let lab: Lab;
  const names: string[] = [];

  beforeAll(async () => {
    lab = await Lab.create({ nodes: 1, workers: 1, membership: true, definitions: "metallb", api });
    await lab.apply(
      poolObject("lan", ["192.168.7.100-192.168.7.149", "fd07::100-fd07::149"]),
      poolObject("asked", ["192.168.7.150-192.168.7.159"], { autoAssign: false }),
      l2AdvertisementObject("lan"),
    );
    await lab.startMetallbController();
    for (const node of lab.speakers) await lab.startMetallbSpeaker(node);
    await create("one");
    await create("two");
    await create("by-request", { annotations: { "metallb.io/loadBalancerIPs": "192.168.7.140" } });
    await create("by-pool", { annotations: { "metallb.universe.tf/address-pool": "asked" } });
    await create("both", { families: "dual" });
    const shared = { "metallb.io/allow-shared-ip": "key", "metallb.io/loadBalancerIPs": "192.168.7.141" };
    await create("shared-a", { annotations: shared });
    await create("shared-b", { annotations: shared, port: 81 });
  });
  afterAll(() => lab.end());

  async function create(
    name: string,
    {
      families = "IPv4",
      annotations = {},
      port = 80,
    }: {
      readonly families?: "IPv4" | "dual";
      readonly annotations?: Readonly<Record<string, string>>;
      readonly port?: number;
    } = {},
  ): Promise<void> {
    const spec = { ports: [{ name: "http", port, targetPort: podPort, protocol: "TCP" }] };
    await lab.createService(name, families, { endpointsOn: [workerOf(lab)], annotations, spec });
    await lab.untilAddresses(name, families === "dual" ? 2 : 1);
    names.push(name);
  }

  /** Ends one, starts the other, and has it show that it works. */
  async function exchange(what: string, start: () => Promise<unknown>): Promise<void> {
    const addresses = await lab.addresses("one");
    const watch = watchAddresses(lab, names);
    await withoutGap(what, addresses, {
      visit: (address) => lab.visit(address),
      act: async () => {
        await lab.stopOperator();
        await start();
        await create(`after-${names.length}`);
      },
    });
    const seen = await watch.stop();
    tell(`${what}: ${[...seen].map(([name, texts]) => `${name} ${texts.join(" | ")}`).join("; ")}`);
    for (const texts of seen.values()) expect(texts).toHaveLength(1);
  }

  test("forward: our operator takes every address as it is, and gives new ones", async () => {
    await exchange("MetalLB's controller to our operator", () => lab.startOperator());
  });

  test("back: MetalLB's controller takes every address as it is, and gives new ones", async () => {
    await exchange("our operator to MetalLB's controller", () => lab.startMetallbController());
  });

  test("and forward again: nothing of the way there and back is left that would move anything", async () => {
    await exchange("MetalLB's controller to our operator, again", () => lab.startOperator());
  });
});
