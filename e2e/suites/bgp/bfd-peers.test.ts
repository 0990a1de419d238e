import { cpus } from "node:os";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { attempt } from "../../topology/command.ts";
import { describeNetwork } from "../../topology/describe-network.ts";
import { eventually } from "../../topology/eventually.ts";
import { monotonicMillis } from "../../topology/monotonic.ts";
import { NetworkNamespace } from "../../topology/namespace.ts";
import {
  type RouterBfd,
  type RouterBfdSession,
  type RouterKind,
} from "../../topology/routers/router-config.ts";
import { bfdLines, vtysh } from "../../topology/routers/frr.ts";
import { routerFolder, whyNoRouter } from "../../topology/routers/router-programs.ts";
import { Router } from "../../topology/routers/router.ts";
import { enterSandbox } from "../../topology/sandbox.ts";
import { type Attachment, Segment } from "../../topology/segment.ts";
import { BfdNode } from "./bfd-node.ts";

// The worker's BFD beside that of genuine routers, without BGP: what each of them sees of the other.

const NODE = "192.168.9.1";
const ROUTER = "192.168.9.2";
const NODE6 = "fd09::1";
const ROUTER6 = "fd09::2";
/** On the loopback interfaces: RFC 5883 is for what is not on one segment. */
const NODE_LOOPBACK = "10.255.0.1";
const ROUTER_LOOPBACK = "10.255.0.2";
const fast: RouterBfd = { receiveMillis: 50, transmitMillis: 50, multiplier: 3 };

function describeBeside(kind: RouterKind, body: () => void): void {
  const why = whyNoRouter(kind);
  if (why === undefined) describeNetwork(`BFD beside ${kind}`, body);
  else describe.skip(`BFD beside ${kind} [skipped: ${why}]`, body);
}

/** A busy machine would hold the router up for longer than its detection time, and that is not what is tested. */
async function hasten({ programs }: Router): Promise<void> {
  for (const { pid } of programs) await attempt("chrt", ["--all-tasks", "--rr", "--pid", "1", String(pid)]);
}

/** As an unnumbered router would find it out. */
async function linkLocalOf(host: NetworkNamespace): Promise<string> {
  const text = await host.ip("-6", "-brief", "address", "show", "dev", "eth0", "scope", "link");
  return /fe80:[\da-f:]+/.exec(text)?.[0] ?? "";
}

for (const kind of ["frr", "bird"] as const) {
  describeBeside(kind, () => {
    let segment: Segment;
    let here: NetworkNamespace;
    let there: NetworkNamespace;
    let cable: Attachment;
    let router: Router;
    let node: BfdNode;

    beforeAll(async () => {
      await enterSandbox();
      segment = await Segment.create(`bfd-${kind}`);
      here = await NetworkNamespace.create(`node-${kind}`);
      there = await NetworkNamespace.create(`router-${kind}`);
      await segment.attach(here, "eth0", [`${NODE}/24`, `${NODE6}/64`]);
      cable = await segment.attach(there, "eth0", [`${ROUTER}/24`, `${ROUTER6}/64`]);
      await route(here, NODE_LOOPBACK, ROUTER_LOOPBACK, ROUTER);
      await route(there, ROUTER_LOOPBACK, NODE_LOOPBACK, NODE);
      // Nobody there dials or answers BGP: the neighbours are what the router wants BFD for.
      router = await Router.start(kind, { name: `bfd-${kind}`, host: there, config: configuration(fast) });
    });
    beforeEach(async () => {
      await hasten(router);
      node = await BfdNode.start(here);
    });
    afterEach(async () => {
      await node.kill();
    });
    afterAll(async () => {
      await router.kill();
      await here.delete();
      await there.delete();
      await segment.delete();
    });

    async function route(host: NetworkNamespace, own: string, to: string, via: string): Promise<void> {
      await host.ip("address", "add", `${own}/32`, "dev", "lo");
      await host.ip("route", "add", to, "via", via, "src", own);
      // Whoever returns echo packets forwards.
      await host.sysctl({ "net.ipv4.ip_forward": 1 });
    }

    function configuration(bfd: RouterBfd) {
      return {
        asn: 65002,
        routerId: ROUTER,
        neighbors: [
          { address: NODE, source: ROUTER, asn: 65001, bfd, dials: true },
          { address: NODE6, source: ROUTER6, asn: 65001, bfd, dials: true },
          { address: NODE_LOOPBACK, source: ROUTER_LOOPBACK, asn: 65001, hops: 5, bfd, dials: true },
        ],
      };
    }

    const routerSees = async (peer = NODE): Promise<RouterBfdSession | undefined> =>
      (await router.bfdSessions()).find((session) => session.peer === peer);

    function frrPlace() {
      return { name: router.name, host: there, folder: routerFolder(router.name) };
    }

    /** The router's profile while it runs; the session has to stay. */
    async function changeRouter(bfd: RouterBfd): Promise<void> {
      if (kind === "bird") return router.configure(configuration(bfd));
      const profile = `profile of-${NODE.replaceAll(".", "-")}`;
      await vtysh(
        frrPlace(),
        "configure terminal",
        "bfd",
        profile,
        ...bfdLines(bfd).map((line) => line.trim()),
      );
    }

    async function untilRouterSees(state: string, peer = NODE): Promise<void> {
      await router.until(`BFD of ${peer} ${state}`, async () => (await routerSees(peer))?.state === state);
    }

    test("comes up over IPv4 and IPv6, and both see the negotiated times", async () => {
      node.watch({ remote: ROUTER, interface: "eth0" }, { remote: ROUTER6, local: NODE6 });
      const session = await node.until(ROUTER, "up");
      await node.until(ROUTER6, "up");
      await untilRouterSees("up");
      await untilRouterSees("up", NODE6);
      await eventually("the negotiated times", async () => node.session(ROUTER)?.detectTime === 150);
      expect(session.counters["ups"]).toBe(1);
      if (kind === "frr")
        await router.until("our wishes", async () => {
          const remote = (await routerSees())?.remote;
          return remote?.receiveMillis === 50 && remote.transmitMillis === 50 && remote.multiplier === 3;
        });
    });

    test("goes down within the detection time when the cable is pulled, once, and comes back", async () => {
      node.watch({ remote: ROUTER });
      await node.until(ROUTER, "up");
      await eventually("the negotiated times", async () => node.session(ROUTER)?.detectTime === 150);
      const cutAt = monotonicMillis();
      await segment.cut(cable);
      const isCutAt = monotonicMillis();
      await node.until(ROUTER, "down");
      const [, down] = node.changes(ROUTER);
      expect((down?.at ?? 0) - isCutAt).toBeLessThan(150 + 60);
      expect((down?.at ?? 0) - cutAt).toBeGreaterThan(90);
      expect(down?.because).toContain("nothing was heard from the router for 150 ms");
      await new Promise((resolve) => setTimeout(resolve, 1500));
      await segment.restore(cable);
      await node.until(ROUTER, "up");
      expect(node.changes(ROUTER).map(({ state }) => state)).toEqual(["up", "down", "up"]);
    });

    test("bears changed parameters, ours and the router's, without going down", async () => {
      node.watch({ remote: ROUTER });
      await node.until(ROUTER, "up");
      for (const interval of [400, 30, 1000, 50]) {
        node.watch({
          remote: ROUTER,
          profile: { receiveIntervalMs: interval, transmitIntervalMs: interval, detectMultiplier: 4 },
        });
        const inForce = Math.max(interval, 50);
        await eventually(
          `${inForce} ms to be in force`,
          async () => node.session(ROUTER)?.transmitInterval === inForce,
        );
        if (kind === "frr")
          await router.until(
            "our new wish",
            async () => (await routerSees())?.remote?.transmitMillis === interval,
          );
      }
      await changeRouter({ receiveMillis: 200, transmitMillis: 200, multiplier: 5 });
      await eventually("the router's wish", async () => node.session(ROUTER)?.detectTime === 1000);
      await changeRouter(fast);
      await eventually("the old wish", async () => node.session(ROUTER)?.detectTime === 150);
      // The reasons would say which of the two broke it.
      expect(node.changes(ROUTER).map(({ because }) => because)).toEqual([expect.any(String)]);
    });

    test("comes up over several hops", async () => {
      if (kind === "frr") {
        // Its bgpd asks for such a session only when BGP has come up once.
        const peer = `peer ${NODE_LOOPBACK} multihop local-address ${ROUTER_LOOPBACK}`;
        await vtysh(frrPlace(), "configure terminal", "bfd", peer);
      }
      // BIRD sends with TTL 64 here, which MetalLB's default refuses.
      const minimumTtl = kind === "bird" ? 64 : 254;
      node.watch({ remote: ROUTER_LOOPBACK, local: NODE_LOOPBACK, multiHop: true, profile: { minimumTtl } });
      await node.until(ROUTER_LOOPBACK, "up");
      await untilRouterSees("up", NODE_LOOPBACK);
    });

    test("waits for the router where it is passive", async () => {
      node.watch({ remote: ROUTER, profile: { passiveMode: true } });
      await node.until(ROUTER, "up");
      await untilRouterSees("up");
    });

    test("is not held up by the main thread", async () => {
      node.watch({ remote: ROUTER });
      await node.until(ROUTER, "up");
      await untilRouterSees("up");
      for (let times = 0; times < 3; times += 1) await node.block(1000);
      expect(node.changes(ROUTER).map(({ state }) => state)).toEqual(["up"]);
      expect((await routerSees())?.state).toBe("up");
    });

    test("is not held up by a machine whose cores are all busy, main thread included", async () => {
      node.watch({ remote: ROUTER });
      await node.until(ROUTER, "up");
      await untilRouterSees("up");
      const busy = cpus().flatMap(() => [1, 2].map(() => here.spawn("sh", ["-c", "while :; do :; done"])));
      try {
        for (let times = 0; times < 3; times += 1) await node.block(1000);
      } finally {
        for (const program of busy) program.kill("SIGKILL");
      }
      expect(node.changes(ROUTER).map(({ because }) => because)).toEqual([expect.any(String)]);
      expect((await routerSees())?.state).toBe("up");
    });

    test("after a stall of its own takes the router's word, and not its own silence for the router's", async () => {
      node.watch({ remote: ROUTER });
      await node.until(ROUTER, "up");
      await untilRouterSees("up");
      node.program.process.kill("SIGSTOP");
      await untilRouterSees("down");
      node.program.process.kill("SIGCONT");
      await eventually("the way up", async () => node.changes(ROUTER).length > 2);
      expect(node.changes(ROUTER)[1]?.because).toBe(
        "the router has taken the session down: it has heard nothing from this node for its detection time",
      );
    });

    test("says AdminDown when it ends, and the router's session is down at once", async () => {
      node.watch({ remote: ROUTER });
      await node.until(ROUTER, "up");
      await untilRouterSees("up");
      await node.stop();
      expect((await routerSees())?.state).not.toBe("up");
    });

    test("takes the router's end for one, and comes up with its next life", async () => {
      node.watch({ remote: ROUTER });
      await node.until(ROUTER, "up");
      await router.restart();
      await eventually("the way down", async () => node.changes(ROUTER).length > 1);
      await eventually("the way up", async () => node.changes(ROUTER).length > 2, 15_000);
      const states = node.changes(ROUTER).map(({ state }) => state);
      expect([states.length, states[2]]).toEqual([3, "up"]);
      expect(["down", "admin-down"]).toContain(states[1]);
    });

    if (kind === "frr")
      test("comes up between link-local addresses", async () => {
        const [own, remote] = [await linkLocalOf(here), await linkLocalOf(there)];
        const peer = `peer ${own} local-address ${remote} interface eth0`;
        await vtysh(frrPlace(), "configure terminal", "bfd", peer);
        node.watch({ remote, interface: "eth0" });
        await node.until(remote, "up");
        await untilRouterSees("up", own);
      });

    // BIRD does not return echo packets, and says so.
    if (kind === "frr")
      test("tests the way by echo packets, and both ends notice when they do not come back", async () => {
        await changeRouter({ ...fast, echoMillis: 50 });
        node.watch({ remote: ROUTER, interface: "eth0", profile: { echoMode: true } });
        await node.until(ROUTER, "up");
        await eventually(
          "echo packets",
          async () => (node.session(ROUTER)?.counters["echoInput"] ?? 0) > 20,
          15_000,
        );
        // Control packets are rare then.
        expect(node.session(ROUTER)?.detectTime).toBeGreaterThanOrEqual(1000);
        expect(node.changes(ROUTER).length).toBe(1);
        // The router's own come back from this node, whose kernel forwards.
        const counters = JSON.parse(await vtysh(frrPlace(), "show bfd peers counters json")) as {
          readonly peer: string;
          readonly "echo-packet-input": number;
        }[];
        expect(counters.find(({ peer }) => peer === NODE)?.["echo-packet-input"]).toBeGreaterThan(0);
        await there.sysctl({ "net.ipv4.ip_forward": 0 });
        await eventually("the way down", async () => node.changes(ROUTER).length > 1);
        expect(node.changes(ROUTER)[1]?.because).toContain("returned no echo packet for 150 ms");
      });
  });
}
