import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeNetwork } from "../../topology/describe-network.ts";
import { eventually } from "../../topology/eventually.ts";
import { Lab } from "../../topology/lab.ts";
import { ownerMac, watchClaims, whoHas } from "../../topology/neighbour-probe.ts";
import { l2AdvertisementObject, poolObject } from "../../topology/objects.ts";

describeNetwork("an L2Advertisement that lists interfaces", () => {
  let lab: Lab;
  let addresses: readonly string[];

  beforeAll(async () => {
    lab = await Lab.create({ nodes: 2, sideSegment: true });
    await lab.apply(
      poolObject("side", ["192.168.8.40/32", "fd08::40/128"]),
      l2AdvertisementObject("side", { interfaces: ["eth1"] }),
    );
    await lab.startOperator();
    await lab.startAgents();
  });
  afterAll(() => lab.end());

  test("is answered on the listed interface and never on another, not even gratuitously", async () => {
    const elsewhere = await watchClaims(lab.network.client, "eth0");
    await lab.createService("web", "dual", { endpointsOn: [1, 2] });
    addresses = await lab.untilAddresses("web", 2);
    for (const address of addresses) {
      const mac = await eventually(`an owner of ${address} on eth1`, () =>
        ownerMac(lab.network.client, "eth1", address),
      );
      expect(lab.network.nodes.map((node) => node.side?.mac)).toContain(mac);
      expect(await whoHas(lab.network.client, "eth0", address, { forMillis: 300 })).toEqual([]);
    }
    expect((await elsewhere.stop()).filter((claim) => addresses.includes(claim.address))).toEqual([]);
    const statuses = await lab.list("servicel2statuses");
    expect(statuses.map((object) => object.status)).toMatchObject([{ interfaces: [{ name: "eth1" }] }]);
  });

  test("a cable pulled silences it and says so; put back, the address is claimed anew without being asked for", async () => {
    const name = await lab.untilAnnouncer("web");
    const side = lab.network.nodes.find((node) => node.name === name)?.side;
    if (side === undefined) throw new Error(`${name} has no second interface`);
    await lab.network.side?.cut(side);
    await eventually("an announceFailed event", async () =>
      (await lab.events("web")).some(
        ({ reason, message }) => reason === "announceFailed" && message.includes("eth1 is down"),
      ),
    );
    const watch = await watchClaims(lab.network.client, "eth1");
    await lab.network.side?.restore(side);
    for (const address of addresses) {
      await eventually(`${address} to be claimed on eth1`, async () =>
        watch
          .claims()
          .some((claim) => claim.gratuitous && claim.address === address && claim.mac === side.mac),
      );
    }
    await watch.stop();
    for (const address of addresses)
      expect(await ownerMac(lab.network.client, "eth1", address)).toBe(side.mac);
  });

  test("moves to the other interface when the list is edited, and leaves the first", async () => {
    await lab.apply(l2AdvertisementObject("side", { interfaces: ["eth0"] }));
    for (const address of addresses) {
      await eventually(`an owner of ${address} on eth0`, () => ownerMac(lab.network.client, "eth0", address));
      await eventually(
        `silence about ${address} on eth1`,
        async () => (await whoHas(lab.network.client, "eth1", address, { forMillis: 150 })).length === 0,
      );
    }
  });

  test("says so when the owner has none of the interfaces, and answers nowhere", async () => {
    await lab.apply(l2AdvertisementObject("side", { interfaces: ["no-such0"] }));
    for (const address of addresses) {
      await lab.untilSilent(address);
      await eventually(
        "silence on eth1 too",
        async () => (await whoHas(lab.network.client, "eth1", address, { forMillis: 150 })).length === 0,
      );
    }
    await eventually("an announceFailed event that names it", async () =>
      (await lab.events("web")).some(
        ({ reason, message }) => reason === "announceFailed" && message.includes("no-such0"),
      ),
    );
  });

  test("without a list it is answered on the segment it belongs to, and on no other", async () => {
    await lab.apply(l2AdvertisementObject("side"));
    for (const address of addresses) {
      await eventually(`an owner of ${address} on eth1`, () => ownerMac(lab.network.client, "eth1", address));
      expect(await whoHas(lab.network.client, "eth0", address, { forMillis: 300 })).toEqual([]);
    }
  });
});
