import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { eventually } from "../topology/eventually.ts";
import { passwordSecretObject, systemNamespace } from "../topology/objects.ts";
import { RouterLab, type Site } from "../topology/router-lab.ts";
import { describeKube } from "./describe-kube.ts";
import { genuineStack, KubeLab, release } from "./kube-lab.ts";
import { covers, grantInWords, grantsOf } from "./rights.ts";
import { layer2Values } from "./values.ts";

const [ownAsn, routerAsn] = [65_000, 65_100];

/** For an object that somebody else created in between: the agent reads what is in its way. */
const onlyInARace = "steelyard-speaker: get configurationstates.metallb.io";

// All that the programs do, once, with the accounts, tokens and roles of the chart: what of it was refused, and what of the roles
// nobody needed, says the API server's audit log.
describeKube("the chart's roles, held against what the programs did", ["gobgp"], () => {
  let routers: RouterLab;
  let kube: KubeLab;
  let site: Site;
  beforeAll(async () => {
    routers = await RouterLab.create(genuineStack);
    kube = await KubeLab.upon(routers.lab);
    site = await routers.addRouter("gobgp", {
      asn: routerAsn,
      neighbors: routers.neighbors({ asn: ownAsn, password: "steelyard" }),
    });
    await kube.createWebPods("web", [1, 2, 3]);
    await kube.lab.apply(passwordSecretObject("tor", "steelyard"));
    await kube.helm.install(release, {
      ...layer2Values,
      pools: [...layer2Values.pools, { name: "bgp", addresses: ["198.51.100.0/24"], autoAssign: false }],
      l2Advertisements: [{ name: "lan", ipAddressPools: ["lan"] }],
      communities: [{ name: "isp", communities: [{ name: "no-export", value: "65535:65281" }] }],
      bfdProfiles: [{ name: "slow" }],
      bgpPeers: [
        {
          name: "tor",
          myASN: ownAsn,
          peerASN: routerAsn,
          peerAddress: site.address4,
          passwordSecret: { name: "tor" },
        },
        // Nobody is there: agents say so on their ConfigurationState.
        { name: "nobody", myASN: ownAsn, peerASN: routerAsn, peerAddress: "192.168.7.200" },
      ],
      bgpAdvertisements: [{ name: "all", ipAddressPools: ["bgp"], communities: ["no-export"] }],
    });
    await kube.untilRolledOut();
  }, 180_000);
  afterAll(async () => {
    await kube.endPods();
    await routers.end();
  }, 60_000);

  const untilPaths = (count: number): Promise<unknown> =>
    eventually(
      `${count} paths to the address at the router`,
      async () => (await site.router.routesTo("198.51.100.0/32")).length === count,
      30_000,
    );
  const statuses = (plural: string): Promise<readonly unknown[]> => kube.lab.list(plural);

  /** The labels by which an agent sees its own objects: it gives them back, when it looks again. */
  const takeLabels = async (plural: string): Promise<void> => {
    const [object] = await eventually(`${plural} to be there`, async () => {
      const found = await kube.lab.list(plural);
      return found.length > 0 && found;
    });
    const path = `/apis/metallb.io/v1beta1/namespaces/${systemNamespace}/${plural}/${object?.metadata.name ?? ""}`;
    await kube.lab.kube.mergePatch(path, { metadata: { labels: null } });
    await eventually(
      `the labels of ${path} to be back`,
      async () => Object.keys((await kube.lab.kube.get(path)).metadata.labels ?? {}).length > 0,
      20_000,
    );
  };

  test("layer 2: a Service comes, moves with its Pods, loses its address to another writer, and goes", async () => {
    await kube.lab.createService("web", "dual");
    const [address = ""] = await kube.lab.untilAddresses("web", 2);
    await kube.lab.reach(`http://${address}/`);
    await takeLabels("servicel2statuses");
    for (const times of [1, 2, 3]) {
      await kube.lab.patchServiceStatus("web", {
        loadBalancer: { ingress: [{ ip: `192.168.7.9${times}` }] },
      });
      await kube.lab.untilAddresses("web", 2);
    }
    await kube.lab.kube.mergePatch("/api/v1/namespaces/default/services/web", {
      spec: { externalTrafficPolicy: "Local" },
    });
    const owner = await kube.lab.soleOwner(address);
    await kube.removeWebPod("web", owner.number);
    await kube.lab.soleOwner(address, { not: owner.name });
    await kube.lab.removeService("web");
    await eventually("its status to go", async () => (await statuses("servicel2statuses")).length === 0);
  });

  test("BGP: a session with a password, an address announced, changed and withdrawn", async () => {
    await routers.untilPeered(site);
    await kube.createWebPods("routed", [1, 2, 3]);
    await kube.lab.createService("routed", "IPv4", {
      annotations: { "metallb.io/address-pool": "bgp" },
    });
    await kube.lab.untilAddresses("routed", 1);
    await untilPaths(3);
    await eventually("three statuses", async () => (await statuses("servicebgpstatuses")).length === 3);
    await takeLabels("servicebgpstatuses");
    const advertisement = `/apis/metallb.io/v1beta1/namespaces/${systemNamespace}/bgpadvertisements/all`;
    await kube.lab.kube.mergePatch(advertisement, { spec: { peers: ["nobody"] } });
    await untilPaths(0);
    await kube.lab.kube.mergePatch(advertisement, { spec: { peers: null } });
    await untilPaths(3);
    await kube.lab.removeService("routed");
    await eventually("no status", async () => (await statuses("servicebgpstatuses")).length === 0);
  });

  test("trouble: a Service without Pods, one without a free address, a broken object, lost reports", async () => {
    await kube.lab.createService("empty");
    await kube.lab.untilAddresses("empty", 1);
    for (const name of ["wish-a", "wish-b"])
      await kube.lab.createService(name, "IPv4", { spec: { loadBalancerIP: "203.0.113.9" } });
    await kube.lab.kube.create(`/apis/metallb.io/v1beta1/namespaces/${systemNamespace}/bgpadvertisements`, {
      apiVersion: "metallb.io/v1beta1",
      kind: "BGPAdvertisement",
      metadata: { name: "broken", namespace: systemNamespace },
      spec: { communities: ["unheard-of"] },
    });
    const states = `/apis/metallb.io/v1beta1/namespaces/${systemNamespace}/configurationstates`;
    await eventually(
      "everybody's report",
      async () => (await kube.lab.list("configurationstates")).length === 4,
    );
    await eventually(
      "what is wrong of a router",
      async () =>
        (await kube.lab.list("configurationstates")).some(
          ({ metadata }) => metadata.annotations?.["steelyard.io/bgp"]?.includes("nobody") === true,
        ),
      30_000,
    );
    for (const { metadata } of await kube.lab.list("configurationstates"))
      await kube.lab.kube.delete(`${states}/${metadata.name}`);
    await eventually(
      "the reports to be back",
      async () => (await kube.lab.list("configurationstates")).length === 4,
    );
  });

  test("operators: the leader goes, the other takes over", async () => {
    for (const { name } of kube.pods.pods("controller"))
      await kube.lab.kube.delete(`/api/v1/namespaces/${systemNamespace}/pods/${name}`);
    await kube.lab.createService("late");
    await kube.lab.untilAddresses("late", 1);
    await kube.untilRolledOut();
  });

  test("nothing was refused", async () => {
    expect(await kube.refusals()).toEqual([]);
  });

  test("nothing is granted that was not used", async () => {
    const records = (await kube.lab.api.audit.requests()).filter(({ code }) => code !== 403);
    const grants = await grantsOf(kube.lab.kube);
    expect(grants.length).toBeGreaterThan(50);
    const unused = grants.filter((grant) => !records.some((record) => covers(grant, record)));
    expect(unused.map(grantInWords).filter((words) => words !== onlyInARace)).toEqual([]);
  });
});
