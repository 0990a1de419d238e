import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type ClusterObject } from "../../cluster/index.ts";
import { describeOnBothServers } from "../../topology/describe-on-both-servers.ts";
import { eventually } from "../../topology/eventually.ts";
import { Lab } from "../../topology/lab.ts";
import {
  bgpAdvertisementObject,
  bgpPeerObject,
  configurationStateObject,
  l2AdvertisementObject,
  poolObject,
} from "../../topology/objects.ts";

interface Conditions {
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
    readonly observedGeneration?: number;
    readonly lastTransitionTime: string;
  }[];
}

const router = { myASN: 64512, peerASN: 64513, peerAddress: "192.168.7.254" };
const good = {
  pool: poolObject("lan", ["192.168.7.40-192.168.7.41"]),
  advertisement: l2AdvertisementObject("lan"),
  peer: bgpPeerObject("tor", router),
  routes: bgpAdvertisementObject("everything"),
};
const bad = {
  pool: poolObject("typo", ["192.168.7.4O/32"]),
  peer: bgpPeerObject("same-router", router),
  routes: bgpAdvertisementObject("no-such-alias", { communities: ["no-transit"] }),
};

describeOnBothServers("one faulty object is left out and says so; the others work", (api) => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await Lab.create({ nodes: 1, api });
    await lab.apply(...Object.values(good), bad.pool);
    await lab.startOperator();
    await lab.startAgents();
  }, 60_000);
  afterAll(() => lab.end());

  const validityOf = async (object: ClusterObject) => {
    const { status } = (await lab.get(object)) as { readonly status?: Conditions };
    return status?.conditions?.find(({ type }) => type === "steelyard.io/Valid");
  };
  const untilValidity = (object: ClusterObject, status: string, reason: string) =>
    eventually(`${object.kind} ${object.metadata.name} to be ${reason}`, async () => {
      const condition = await validityOf(object);
      return condition?.status === status && condition.reason === reason && condition;
    });
  const stateOf = async () =>
    ((await lab.get(configurationStateObject("controller"))) as { readonly status?: Conditions & object })
      .status;

  test("a start with a faulty pool serves the good one", async () => {
    await lab.createService("web", "IPv4", { endpointsOn: [1] });
    expect(await lab.untilAddresses("web", 1)).toEqual(["192.168.7.40"]);
    expect(await lab.reach("http://192.168.7.40/")).toBe("pod1");
  });

  test("each object says whether it is in force", async () => {
    for (const object of Object.values(good)) await untilValidity(object, "True", "Accepted");
    const refused = await untilValidity(bad.pool, "False", "Refused");
    expect(refused.message).toContain("spec.addresses[0]");
    expect(refused.observedGeneration).toBe(1);
  });

  test("the ConfigurationState says it as MetalLB's does", async () => {
    const status = await eventually("an invalid configuration", async () => {
      const found = await stateOf();
      return found !== undefined && "result" in found && found;
    });
    expect(status).toMatchObject({
      result: "Invalid",
      errorSummary: expect.stringMatching(/^configuration error: .*typo/),
      conditions: [{ type: "poolReconcilerValid", status: "False", reason: "ConfigurationError" }],
    });
  });

  test("a BGP peer and an advertisement beside good ones: event, condition, and nobody else is affected", async () => {
    await lab.apply(bad.peer, bad.routes);
    const peer = await untilValidity(bad.peer, "False", "Refused");
    expect(peer.message).toContain("already exists");
    const routes = await untilValidity(bad.routes, "False", "Refused");
    expect(routes.message).toContain("invalid community format: no-transit");
    const event = await eventually("an event on the peer", async () =>
      (await lab.eventsOn("BGPPeer", "same-router")).find(({ reason }) => reason === "ConfigurationError"),
    );
    expect(event.message).toContain("spec.peerAddress");
    for (const object of Object.values(good)) expect((await validityOf(object))?.reason).toBe("Accepted");
    expect(await lab.addresses("web")).toEqual(["192.168.7.40"]);
  });

  test("mended, it says that it is in force, and the state is valid; what has not changed is not written again", async () => {
    const before = await validityOf(good.peer);
    // Of routers the agents say what is wrong, of pools the operator.
    await lab.remove(bad.peer);
    await lab.remove(bad.routes);
    await lab.apply(poolObject("typo", ["192.168.7.50/32"]));
    await untilValidity(bad.pool, "True", "Accepted");
    await eventually("a valid configuration", async () => {
      const status = await stateOf();
      return status !== undefined && "result" in status && status.result === "Valid";
    });
    expect(await validityOf(good.peer)).toEqual(before);
  });

  test.each(["controller", "speaker-node1"])(
    "the ConfigurationState %s, deleted, comes back",
    async (name) => {
      const isThere = async (): Promise<boolean> =>
        (await lab.list("configurationstates")).some(
          ({ metadata, status }) => metadata.name === name && status?.["result"] === "Valid",
        );
      await eventually(`a valid ${name}`, isThere);
      await lab.remove(configurationStateObject(name));
      // An agent takes an object that is gone right after its own write for one that the watch has yet to show, for 10 s.
      await eventually(`a new ${name}`, isThere, 20_000);
    },
  );
});
