import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { eventually } from "../topology/eventually.ts";
import { type NetworkNamespace } from "../topology/namespace.ts";
import { plan } from "../topology/addressing.ts";
import { type ClusterObject } from "../cluster/index.ts";
import { Program } from "../topology/program.ts";
import { describeKube } from "./describe-kube.ts";
import { KubeLab, release } from "./kube-lab.ts";
import { layer2Values } from "./values.ts";

// What Kubernetes expects of whoever gives Services of type LoadBalancer their addresses (test/e2e/network/loadbalancer.go and
// service.go of Kubernetes, rewritten for this lab), with kube-proxy on the data path.
describeKube("a Service of type LoadBalancer, as Kubernetes means it", [], () => {
  let kube: KubeLab;
  const servers: Program[] = [];
  beforeAll(async () => {
    kube = await KubeLab.create();
    await kube.createWebPods("web", [1, 2, 3]);
    await kube.helm.install(release, layer2Values);
    await kube.untilRolledOut();
    for (const { pod, name } of kube.lab.network.nodes) servers.push(await startPeerServer(pod, name));
  }, 180_000);
  afterEach(() => kube.lab.removeServices());
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await kube.end();
  }, 60_000);

  // An address of its own each: a kube-proxy that is a second behind would answer for the one before.
  let next = 41;
  const createService = (name: string, spec: Readonly<Record<string, unknown>> = {}): Promise<void> =>
    kube.lab.createService(name, "IPv4", {
      spec: { selector: { app: "web" }, loadBalancerIP: `192.168.7.${next++}`, ...spec },
    });
  const patchService = (name: string, spec: Readonly<Record<string, unknown>>): Promise<ClusterObject> =>
    kube.lab.kube.mergePatch(`/api/v1/namespaces/default/services/${name}`, { spec });
  const addressOf = async (name: string): Promise<string> =>
    (await kube.lab.untilAddresses(name, 1))[0] ?? "";
  const fetchFrom = (from: NetworkNamespace, url: string): Promise<string | undefined> =>
    from
      .attempt("curl", ["-sS", "--max-time", "1", url])
      .then(({ status, stdout }) => (status === 0 ? stdout.trim() : undefined));
  const untilUnreachable = (url: string): Promise<unknown> =>
    eventually(
      `no answer from ${url}`,
      async () => (await fetchFrom(kube.lab.network.client, url)) === undefined,
    );

  test("changes its type: ClusterIP, LoadBalancer, NodePort, LoadBalancer, ClusterIP", async () => {
    await createService("typed", { type: "ClusterIP" });
    expect(await kube.lab.addresses("typed")).toEqual([]);
    for (const other of ["NodePort", "ClusterIP"]) {
      await patchService("typed", { type: "LoadBalancer" });
      const address = await addressOf("typed");
      await kube.lab.reach(`http://${address}/`);
      await patchService("typed", { type: other });
      await kube.lab.untilAddresses("typed", 0);
      await kube.lab.untilSilent(address);
    }
    // What it had is free for others.
    await createService("other", { loadBalancerIP: "192.168.7.41" });
    expect(await addressOf("other")).toBe("192.168.7.41");
    await kube.lab.kube.delete("/api/v1/namespaces/default/services/typed");
  });

  test("changes its port, and keeps its address", async () => {
    await createService("port");
    const address = await addressOf("port");
    await kube.lab.reach(`http://${address}/`);
    await patchService("port", { ports: [{ name: "http", port: 8081, targetPort: 8080 }] });
    await kube.lab.reach(`http://${address}:8081/`);
    await untilUnreachable(`http://${address}/`);
    expect(await addressOf("port")).toBe(address);
  });

  test("is deleted at once, because no finalizer holds it, and its address falls silent", async () => {
    await createService("gone");
    const address = await addressOf("gone");
    await kube.lab.soleOwner(address);
    expect((await kube.lab.service("gone")).metadata).not.toHaveProperty("finalizers");
    await kube.lab.kube.delete("/api/v1/namespaces/default/services/gone");
    expect(await kube.lab.kube.find("/api/v1/namespaces/default/services/gone")).toBeUndefined();
    await kube.lab.untilSilent(address);
  });

  test("that another's finalizer holds while it is deleted keeps its address until it is gone", async () => {
    const path = "/api/v1/namespaces/default/services/held";
    await createService("held");
    const address = await addressOf("held");
    await kube.lab.kube.mergePatch(path, { metadata: { finalizers: ["example.com/held"] } });
    await kube.lab.kube.delete(path);
    expect(await kube.lab.addresses("held")).toEqual([address]);
    await kube.lab.kube.mergePatch(path, { metadata: { finalizers: null } });
    await kube.lab.untilSilent(address);
  });

  test("has addresses that node-local traffic is short-cut for: ipMode VIP", async () => {
    await createService("mode");
    await addressOf("mode");
    expect((await kube.lab.service("mode")).status).toMatchObject({
      loadBalancer: { ingress: [{ ip: await addressOf("mode"), ipMode: "VIP" }] },
    });
  });

  test("is reachable from nodes and from Pods as from outside", async () => {
    await createService("inside");
    const url = `http://${await addressOf("inside")}/`;
    await kube.lab.reach(url);
    for (const { host, pod } of kube.lab.network.nodes) {
      expect(await kube.lab.reach(url, host)).toMatch(/^pod[123]$/);
      expect(await kube.lab.reach(url, pod)).toMatch(/^pod[123]$/);
    }
  });

  test("with externalTrafficPolicy Cluster is answered by Pods of any node, which see a node's address", async () => {
    await createService("cluster", peerPort);
    const address = await addressOf("cluster");
    const seen = await kube.lab.reach(`http://${address}/`);
    expect(seen).not.toContain("192.168.7.2 ");
  });

  test("with externalTrafficPolicy Local is announced only where a Pod is, which sees the client's address", async () => {
    await kube.createWebPods("single", [2]);
    await createService("local", {
      ...peerPort,
      selector: { app: "single" },
      externalTrafficPolicy: "Local",
    });
    const address = await addressOf("local");
    expect((await kube.lab.soleOwner(address)).name).toBe("node2");
    expect(await kube.lab.reach(`http://${address}/`)).toBe("192.168.7.2 node2");
    await kube.createWebPods("single", [3]);
    await kube.removeWebPod("single", 2);
    expect((await kube.lab.soleOwner(address, { not: "node2" })).name).toBe("node3");
    expect(await kube.lab.reach(`http://${address}/`)).toBe("192.168.7.2 node3");
    await kube.removeWebPod("single", 3);
  });

  test("with externalTrafficPolicy Local tells by healthCheckNodePort where Pods are", async () => {
    await kube.createWebPods("healthy", [1]);
    await createService("health", { selector: { app: "healthy" }, externalTrafficPolicy: "Local" });
    const { spec } = await kube.lab.service("health");
    const port = spec?.["healthCheckNodePort"] as number;
    const codeOn = (node: number): Promise<string> =>
      kube.lab.network.client
        .attempt("curl", [
          "-s",
          "-o",
          "/dev/null",
          "-w",
          "%{http_code}",
          "--max-time",
          "1",
          `http://${plan.nodeAddress4(node)}:${port}/healthz`,
        ])
        .then(({ stdout }) => stdout.trim());
    await eventually("node1 to be healthy for it", async () => (await codeOn(1)) === "200");
    await eventually("node2 not to be", async () => (await codeOn(2)) === "503");
    await patchService("health", { externalTrafficPolicy: "Cluster" });
    await eventually("nobody to be asked", async () => (await codeOn(1)) === "000");
    await kube.removeWebPod("healthy", 1);
  });

  test("lets in only loadBalancerSourceRanges", async () => {
    await createService("ranges");
    const url = `http://${await addressOf("ranges")}/`;
    await kube.lab.reach(url);
    await patchService("ranges", { loadBalancerSourceRanges: ["192.0.2.0/24"] });
    await untilUnreachable(url);
    await patchService("ranges", { loadBalancerSourceRanges: ["192.0.2.0/24", "192.168.7.2/32"] });
    await kube.lab.reach(url);
    await patchService("ranges", { loadBalancerSourceRanges: null });
    await kube.lab.reach(url);
  });

  test("with sessionAffinity ClientIP leads a client to one Pod, and without to several", async () => {
    await createService("affine", { sessionAffinity: "ClientIP" });
    const url = `http://${await addressOf("affine")}/`;
    await kube.lab.reach(url);
    expect((await podsBehind(kube, url)).size).toBe(1);
    await patchService("affine", { sessionAffinity: "None" });
    await eventually("several Pods to answer", async () => (await podsBehind(kube, url)).size > 1);
    await patchService("affine", { sessionAffinity: "ClientIP" });
    await eventually("one Pod to answer", async () => (await podsBehind(kube, url)).size === 1);
  });

  test("serves TCP and UDP on the same port of one address", async () => {
    await createService("mixed", {
      ports: [
        { name: "tcp", port: 80, targetPort: peerServerPort, protocol: "TCP" },
        { name: "udp", port: 80, targetPort: peerServerPort, protocol: "UDP" },
      ],
    });
    const address = await addressOf("mixed");
    expect(await kube.lab.reach(`http://${address}/`)).toMatch(/ node[123]$/);
    expect(await eventually("an answer by UDP", () => askByUdp(kube.lab.network.client, address))).toMatch(
      /^udp node[123]$/,
    );
  });

  test("needs no node ports: allocateLoadBalancerNodePorts false", async () => {
    await createService("portless", { allocateLoadBalancerNodePorts: false });
    const address = await addressOf("portless");
    expect(await kube.lab.reach(`http://${address}/`)).toMatch(/^pod[123]$/);
    const { spec } = await kube.lab.service("portless");
    expect(JSON.stringify(spec?.["ports"])).not.toContain("nodePort");
  });

  test("of a loadBalancerClass that is not ours is left alone", async () => {
    await createService("foreign", { loadBalancerClass: "example.com/other" });
    await createService("ours");
    await addressOf("ours");
    const { status } = await kube.lab.service("foreign");
    expect(status).toEqual({ loadBalancer: {} });
    expect(await kube.lab.events("foreign")).toEqual([]);
  });

  test("gets the address that spec.loadBalancerIP asks for", async () => {
    await createService("wish", { loadBalancerIP: "192.168.7.59" });
    expect(await addressOf("wish")).toBe("192.168.7.59");
  });

  test("gets a second address when it becomes dual-stack, and keeps the first", async () => {
    // An address asked for would be all it wants.
    await createService("dual", { loadBalancerIP: undefined });
    const first = await addressOf("dual");
    await patchService("dual", { ipFamilyPolicy: "RequireDualStack", ipFamilies: ["IPv4", "IPv6"] });
    const addresses = await kube.lab.untilAddresses("dual", 2);
    expect(addresses).toContain(first);
    for (const address of addresses)
      await kube.lab.reach(`http://${address.includes(":") ? `[${address}]` : address}/`);
  });

  test("all that without a request that RBAC refused, and without a Pod that was restarted", async () => {
    expect(await kube.refusals()).toEqual([]);
    expect(kube.pods.restarts).toBe(0);
  });
});

const peerServerPort = 9000;
const peerPort = {
  ports: [{ name: "http", port: 80, targetPort: peerServerPort, protocol: "TCP" }],
} as const;

/** A server that says who it sees as its client, and its own node; by UDP only the latter. */
async function startPeerServer(pod: NetworkNamespace, node: string): Promise<Program> {
  const code = `
    const seen = (socket) => socket.remoteAddress.replace("::ffff:", "");
    const server = require("http").createServer((request, answer) => {
      answer.setHeader("connection", "close");
      answer.end(seen(request.socket) + " ${node}");
    });
    const udp = require("dgram").createSocket("udp4");
    udp.on("message", (_, from) => udp.send("udp ${node}", from.port, from.address));
    udp.bind(${peerServerPort}, "0.0.0.0", () =>
      server.listen(${peerServerPort}, "::", () => console.log('{"msg":"listening"}')));`;
  const server = new Program(`peer server on ${node}`, pod.spawn(process.execPath, ["-e", code]));
  await server.line((line) => line["msg"] === "listening");
  return server;
}

async function askByUdp(from: NetworkNamespace, address: string): Promise<string | undefined> {
  const code = `
    const socket = require("dgram").createSocket("udp4");
    socket.on("message", (answer) => { console.log(String(answer)); socket.close(); });
    socket.send("who", 80, "${address}");
    setTimeout(() => process.exit(1), 1000).unref();
    setTimeout(() => socket.close(), 1000);`;
  const { stdout } = await from.attempt(process.execPath, ["-e", code]);
  return stdout.trim() === "" ? undefined : stdout.trim();
}

async function podsBehind(kube: KubeLab, url: string): Promise<ReadonlySet<string>> {
  const pods = new Set<string>();
  for (let index = 0; index < 12; index += 1) pods.add(await kube.lab.reach(url));
  return pods;
}
