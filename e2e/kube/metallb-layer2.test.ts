import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { type ClusterObject } from "../cluster/index.ts";
import { eventually } from "../topology/eventually.ts";
import { l2AdvertisementObject, nodeStatus, poolObject, systemNamespace } from "../topology/objects.ts";
import { describeKube } from "./describe-kube.ts";
import { KubeLab, release } from "./kube-lab.ts";

const services = "/api/v1/namespaces/default/services";
const lan = poolObject("lan", ["192.168.7.40-192.168.7.59", "fd07::40-fd07::59"]);
const everywhere = l2AdvertisementObject("lan");

// MetalLB's end-to-end suites for layer 2 and for the assignment of addresses, as far as no other suite of ours says the same: which
// one says what is in metallb-suite.md.
describeKube("what MetalLB's own suites expect of layer 2", [], () => {
  let kube: KubeLab;
  beforeAll(async () => {
    kube = await KubeLab.create();
    await kube.createWebPods("web", [1, 2, 3]);
    await kube.helm.install(release, { prometheus: { secureMetrics: false } });
    await kube.untilRolledOut();
  }, 180_000);
  afterEach(async () => {
    await kube.lab.removeServices();
    for (const { metadata } of await kube.lab.kube.list(services))
      if (metadata.name !== "kubernetes") await kube.lab.kube.delete(`${services}/${metadata.name}`);
    for (const plural of ["ipaddresspools", "l2advertisements"]) {
      for (const { metadata } of await kube.lab.list(plural))
        await kube.lab.kube.delete(`${objects}/${plural}/${metadata.name}`);
    }
  });
  afterAll(() => kube.end(), 60_000);

  const objects = `/apis/metallb.io/v1beta1/namespaces/${systemNamespace}`;
  const create = (
    name: string,
    options: Parameters<KubeLab["lab"]["createService"]>[2] = {},
    families: "IPv4" | "IPv6" | "dual" = "IPv4",
  ): Promise<void> =>
    kube.lab.createService(name, families, {
      ...options,
      spec: { selector: { app: "web" }, ...options.spec },
    });
  const addressOf = async (name: string): Promise<string> =>
    (await kube.lab.untilAddresses(name, 1))[0] ?? "";
  const patch = (name: string, spec: object): Promise<ClusterObject> =>
    kube.lab.kube.mergePatch(`${services}/${name}`, { spec });

  for (const [how, free] of [
    ["the type of its holder changes", (name: string) => patch(name, { type: "ClusterIP" })],
    ["its holder is deleted", (name: string) => kube.lab.kube.delete(`${services}/${name}`)],
  ] as const) {
    test(`the last address goes to a Service that waits when ${how}`, async () => {
      await kube.lab.apply(poolObject("one", ["192.168.7.60/32"]), everywhere);
      await create("first");
      expect(await addressOf("first")).toBe("192.168.7.60");
      await create("second");
      await kube.lab.untilCondition("second", "steelyard.io/Allocated", "False");
      await free("first");
      expect(await addressOf("second")).toBe("192.168.7.60");
      await kube.lab.reach("http://192.168.7.60/");
    });
  }

  test("three Services keep their addresses over five restarts of the operators", async () => {
    await kube.lab.apply(lan, everywhere);
    for (const name of ["a", "b", "c"]) {
      await create(name);
      await addressOf(name);
    }
    // A gap, which a restart must not fill with those that are there.
    await kube.lab.removeService("a");
    const before = [await addressOf("b"), await addressOf("c")];
    for (let restart = 1; restart <= 5; restart += 1) {
      for (const { name } of kube.pods.pods("controller"))
        await kube.lab.kube.delete(`/api/v1/namespaces/${systemNamespace}/pods/${name}`);
      await kube.untilRolledOut();
    }
    await create("late");
    await addressOf("late");
    expect([await addressOf("b"), await addressOf("c")]).toEqual(before);
  });

  for (const family of ["IPv4", "IPv6"] as const) {
    test(`two Services that share an address are announced by one node, ${family}`, async () => {
      await kube.lab.apply(lan, everywhere);
      const shared = {
        "metallb.io/allow-shared-ip": "key",
        "metallb.io/loadBalancerIPs": family === "IPv4" ? "192.168.7.50" : "fd07::50",
      };
      const port = (name: string, number: number): Readonly<Record<string, unknown>> => ({
        ports: [{ name, port: number, targetPort: 8080 }],
      });
      await create("left", { annotations: shared, spec: port("left", 80) }, family);
      await create("right", { annotations: shared, spec: port("right", 81) }, family);
      const address = await addressOf("left");
      expect(await addressOf("right")).toBe(address);
      const host = family === "IPv4" ? address : `[${address}]`;
      await kube.lab.reach(`http://${host}:80/`);
      await kube.lab.reach(`http://${host}:81/`);
      expect(await kube.lab.untilAnnouncer("left")).toBe(await kube.lab.untilAnnouncer("right"));
    });
  }

  test("sharing ends when the policy of one changes to Local, and is possible again when it changes back", async () => {
    await kube.lab.apply(lan, everywhere);
    const annotations = {
      "metallb.io/allow-shared-ip": "key",
      "metallb.io/loadBalancerIPs": "192.168.7.51",
    };
    await create("left", { annotations });
    const ports = [{ name: "right", port: 81, targetPort: 8080 }];
    await create("right", {
      annotations,
      spec: { externalTrafficPolicy: "Local", selector: { app: "other" }, ports },
    });
    expect(await addressOf("left")).toBe("192.168.7.51");
    await kube.lab.untilCondition("right", "steelyard.io/Allocated", "False");
    await patch("right", { externalTrafficPolicy: "Cluster" });
    expect(await addressOf("right")).toBe("192.168.7.51");
  });

  test("pools are chosen by namespace, by labels of the Service, and by priority", async () => {
    const allocation = (spec: object): Readonly<Record<string, unknown>> => ({ serviceAllocation: spec });
    await kube.lab.apply(
      everywhere,
      poolObject("open", ["192.168.7.40/32"]),
      poolObject("for-others", ["192.168.7.41/32"], allocation({ priority: 1, namespaces: ["others"] })),
      poolObject(
        "for-gold",
        ["192.168.7.42/32"],
        allocation({ priority: 20, serviceSelectors: [{ matchLabels: { tier: "gold" } }] }),
      ),
      poolObject("for-default", ["192.168.7.43/32"], allocation({ priority: 30, namespaces: ["default"] })),
    );
    await kube.lab.kube.create(services, {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "gold", namespace: "default", labels: { tier: "gold" } },
      spec: { type: "LoadBalancer", selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }] },
    });
    expect(await addressOf("gold")).toBe("192.168.7.42");
    await create("plain");
    expect(await addressOf("plain")).toBe("192.168.7.43");
    await create("next");
    expect(await addressOf("next")).toBe("192.168.7.40");
  });

  test("PreferDualStack gets both families, or one and the other when a pool has it", async () => {
    await kube.lab.apply(everywhere, poolObject("lan", ["192.168.7.40-192.168.7.49"]));
    await create("preferring", { spec: { ipFamilyPolicy: "PreferDualStack", ipFamilies: ["IPv4", "IPv6"] } });
    const first = await addressOf("preferring");
    await kube.lab.apply(lan);
    const both = await kube.lab.untilAddresses("preferring", 2);
    expect(both).toContain(first);
    expect(both.filter((address) => address.includes(":"))).toHaveLength(1);
    await patch("preferring", { ipFamilyPolicy: "RequireDualStack" });
    await kube.lab.untilNextSecond();
    expect(await kube.lab.addresses("preferring")).toEqual(both);
  });

  test("a pool counts its addresses by family, and puts right what somebody else writes there", async () => {
    await kube.lab.apply(everywhere, poolObject("lan", ["192.168.7.40-192.168.7.43", "fd07::40-fd07::43"]));
    await create("dual", {}, "dual");
    await kube.lab.untilAddresses("dual", 2);
    const counted = { assignedIPv4: 1, assignedIPv6: 1, availableIPv4: 3, availableIPv6: 3 };
    const untilCounted = (): Promise<unknown> =>
      eventually("the counters of the pool", async () => {
        const { status = {} } = await kube.lab.get(lan);
        return Object.entries(counted).every(([name, count]) => status[name] === count);
      });
    await untilCounted();
    await kube.lab.kube.mergePatch(`${objects}/ipaddresspools/lan/status`, { status: { assignedIPv4: 7 } });
    await untilCounted();
  });

  test("the node that announces loses its network: another one does; the condition cleared, it is a candidate again", async () => {
    await kube.lab.apply(lan, everywhere);
    await create("web");
    const address = await addressOf("web");
    const owner = await kube.lab.soleOwner(address);
    const setUnavailable = (status: "True" | "False"): Promise<unknown> =>
      kube.lab.kube.mergePatch(`/api/v1/nodes/${owner.name}/status`, {
        status: {
          conditions: [
            ...(nodeStatus(owner.number, true)["conditions"] as object[]),
            { type: "NetworkUnavailable", status, reason: "Test", message: "set by the test network" },
          ],
        },
      });
    await setUnavailable("True");
    const other = await kube.lab.soleOwner(address, { not: owner.name });
    await setUnavailable("False");
    await kube.lab.labelNode(other.number, { "node.kubernetes.io/exclude-from-external-load-balancers": "" });
    await kube.lab.soleOwner(address, { not: other.name });
    await kube.lab.labelNode(other.number, {
      "node.kubernetes.io/exclude-from-external-load-balancers": null,
    });
  });

  test("nodeSelectors: the owner is one of the nodes named, however they change", async () => {
    const from = (...names: string[]): ClusterObject =>
      l2AdvertisementObject("lan", {
        nodeSelectors: names.map((name) => ({ matchLabels: { "kubernetes.io/hostname": name } })),
      });
    // Not the address of the test before: for ten seconds its last owner would keep it from a node that alone may have it.
    await kube.lab.apply(poolObject("lan", ["192.168.7.70-192.168.7.79"]), from("node2"));
    await create("web");
    const address = await addressOf("web");
    expect((await kube.lab.soleOwner(address)).name).toBe("node2");
    await kube.lab.apply(from("node1", "node3"));
    expect(["node1", "node3"]).toContain((await kube.lab.soleOwner(address, { not: "node2" })).name);
    await kube.lab.apply(
      l2AdvertisementObject("lan", { nodeSelectors: [{ matchLabels: { announces: "yes" } }] }),
    );
    await kube.lab.untilSilent(address);
    await kube.lab.labelNode(2, { announces: "yes" });
    expect((await kube.lab.soleOwner(address)).name).toBe("node2");
    await kube.lab.labelNode(2, { announces: null });
  });

  test("serviceSelectors: only Services that an advertisement selects are answered for, if one of several does", async () => {
    const selecting = (name: string, tier: string): ClusterObject =>
      l2AdvertisementObject(name, { serviceSelectors: [{ matchLabels: { tier } }] });
    await kube.lab.apply(lan, selecting("gold", "gold"), selecting("silver", "silver"));
    await create("web");
    const address = await addressOf("web");
    await kube.lab.untilSilent(address);
    for (const tier of ["gold", "silver"]) {
      await kube.lab.kube.mergePatch(`${services}/web`, { metadata: { labels: { tier } } });
      await kube.lab.soleOwner(address);
    }
    await kube.lab.kube.mergePatch(`${services}/web`, { metadata: { labels: { tier: "bronze" } } });
    await kube.lab.untilSilent(address);
  });

  test("ServiceL2Status names the node and the interfaces, is made again when deleted, and goes with the Service", async () => {
    await kube.lab.apply(lan, l2AdvertisementObject("lan", { interfaces: ["eth0"] }));
    await create("web");
    const owner = await kube.lab.soleOwner(await addressOf("web"));
    expect(await kube.lab.untilAnnouncer("web")).toBe(owner.name);
    const [status] = await kube.lab.list("servicel2statuses");
    expect(status?.status).toMatchObject({ interfaces: [{ name: "eth0" }] });
    const events = await eventually("the event nodeAssigned", async () => {
      const found = (await kube.lab.events("web")).filter(({ reason }) => reason === "nodeAssigned");
      return found.length > 0 && found;
    });
    expect(events.at(-1)?.message).toContain(owner.name);
    await kube.lab.kube.delete(`${objects}/servicel2statuses/${status?.metadata.name ?? ""}`);
    // An agent waits ten seconds for what it has written to appear before it writes it again.
    await eventually(
      "the status to be there again",
      async () => (await kube.lab.list("servicel2statuses")).length === 1,
      20_000,
    );
    await kube.lab.removeService("web");
    await eventually("its status to go", async () => (await kube.lab.list("servicel2statuses")).length === 0);
  });

  for (const family of ["IPv4", "IPv6"] as const) {
    test(`metrics count addresses, and packets on the owner alone, ${family}`, async () => {
      await kube.lab.apply(lan, everywhere);
      await create("web", {}, family);
      const address = await addressOf("web");
      const owner = await kube.lab.soleOwner(address);
      for (const node of kube.lab.network.nodes) {
        await eventually(`${node.name} to count what it announces`, async () => {
          const page = await kube.metrics(node.host);
          const isAnnounced = page
            .split("\n")
            .some(
              (line) =>
                line.startsWith("metallb_speaker_announced{") &&
                line.includes(address) &&
                line.endsWith(" 1"),
            );
          return isAnnounced === (node.name === owner.name);
        });
      }
      // The totals come from the worker, once a while.
      for (const name of ["requests_received", "responses_sent", "gratuitous_sent"])
        await eventually(`${name} to be counted`, async () =>
          new RegExp(`^metallb_layer2_${name}\\{.*${address}.*\\} [1-9]`, "m").test(
            await kube.metrics(owner.host),
          ),
        );
      const pages = await Promise.all(kube.pods.pods("controller").map((pod) => kube.metrics(pod.host)));
      expect(pages.join("\n")).toMatch(/^metallb_allocator_addresses_in_use_total\{pool="lan"\} 1$/m);
    });
  }

  test("metrics say when a configuration is not in force", async () => {
    await kube.lab.apply(lan, everywhere);
    const [node] = kube.lab.network.nodes;
    if (node === undefined) throw new Error("there is no node");
    const untilStale = (value: 0 | 1): Promise<unknown> =>
      eventually(`config_stale_bool ${value}`, async () =>
        new RegExp(`^metallb_k8s_client_config_stale_bool(\\{.*\\})? ${value}$`, "m").test(
          await kube.metrics(node.host),
        ),
      );
    await untilStale(0);
    await kube.lab.kube.mergePatch(`${objects}/ipaddresspools/lan`, {
      spec: { addresses: ["192.168.7.49-192.168.7.40"] },
    });
    await untilStale(1);
    await kube.lab.apply(lan);
    await untilStale(0);
  });

  test("nothing was refused by RBAC, and no Pod was started twice", async () => {
    expect(await kube.refusals()).toEqual([]);
    expect(kube.pods.restarts).toBe(0);
  });
});
