import { expect, test } from "@jest/globals";
import { formatIpAddress } from "@steelyard/model/address";
import { RecordingLog } from "@steelyard/client/testing";
import { ManualClock, seededRandom } from "@steelyard/model/testing";
import { MemoryHost } from "../adapters/memory/memory-host.ts";
import { MemorySegment } from "../adapters/memory/memory-segment.ts";
import { addressed, link } from "../core/interfaces/testing/links.ts";
import { ip } from "../core/wire/testing/ip.ts";
import { type BfdChange, type BfdPeer, type RouterSight } from "../ports/router-watch.ts";
import { NetioRouters } from "./netio-routers.ts";
import { ScriptedBfdSockets } from "./testing/scripted-bfd-sockets.ts";
import { advance } from "./testing/settle.ts";

function start({ clock = new ManualClock(), segment = new MemorySegment(), index = 2 } = {}) {
  const sights: RouterSight[] = [];
  const sockets = new ScriptedBfdSockets();
  const changes: BfdChange[] = [];
  const host = new MemoryHost();
  const links = [link("eth0", index)];
  for (const each of links) host.links.add(each, segment);
  const routers = new NetioRouters({
    packetSockets: host.packetSockets,
    multicastGroups: host.multicastGroups,
    clock,
    random: seededRandom(1),
    log: new RecordingLog(),
    bfd: { sockets, afterReading: (run) => run() },
    onBfdChange: (change) => changes.push(change),
    onSight: (sight) => sights.push(sight),
  });
  const texts = (sight: RouterSight | undefined) =>
    sight?.interfaces.map(({ name, addresses }) => [
      name,
      // The link-local one comes first.
      ...addresses.slice(1).map(({ address, prefixLength }) => `${formatIpAddress(address)}/${prefixLength}`),
    ]);
  return { links, clock, sights, routers, texts, sockets, changes };
}

const eth0 = (...addresses: string[]) => link("eth0", 2, addressed(...addresses));

test("nothing is told before somebody wants to know of routers", () => {
  const { clock, sights, routers, texts } = start();
  routers.updateLinks([eth0("10.0.0.1/24")]);
  clock.advance(1000);
  expect(sights).toEqual([]);
  routers.watch({ bfd: [], discover: [] });
  clock.advance(0);
  expect(sights.map(texts)).toEqual([[["eth0", "10.0.0.1/24"]]]);
});

test("nothing is told before the kernel has told of the links", () => {
  const { clock, sights, routers, texts } = start();
  routers.watch({ bfd: [], discover: [] });
  clock.advance(1000);
  expect(sights).toEqual([]);
  routers.updateLinks([eth0("10.0.0.1/24")]);
  clock.advance(0);
  expect(sights.map(texts)).toEqual([[["eth0", "10.0.0.1/24"]]]);
});

test("the first change is told at once, the next ones four times a second, and nothing twice", () => {
  const { clock, sights, routers, texts } = start();
  routers.updateLinks([]);
  routers.watch({ bfd: [], discover: [] });
  clock.advance(0);
  expect(sights.length).toBe(1);
  routers.updateLinks([eth0("10.0.0.1/24")]);
  routers.updateLinks([eth0("10.0.0.2/24")]);
  clock.advance(249);
  expect(sights.length).toBe(1);
  clock.advance(1);
  expect(texts(sights[1])).toEqual([["eth0", "10.0.0.2/24"]]);
  routers.updateLinks([eth0("10.0.0.2/24")]);
  clock.advance(1000);
  expect(sights.length).toBe(2);
});

test("what an agent has bound to an interface is none of its addresses", () => {
  const { clock, sights, routers, texts } = start();
  const { addresses } = eth0("10.0.0.1/24", "10.0.0.50/32");
  const bound = addresses.map((each, index) => (index === 2 ? { ...each, bound: true as const } : each));
  routers.updateLinks([{ ...eth0(), addresses: bound }]);
  routers.watch({ bfd: [], discover: [] });
  clock.advance(0);
  expect(texts(sights[0])).toEqual([["eth0", "10.0.0.1/24"]]);
});

const router: BfdPeer = {
  key: "r",
  remote: ip("10.0.0.254"),
  local: undefined,
  interface: undefined,
  device: undefined,
  multiHop: false,
  profile: {
    name: "usual",
    receiveIntervalMs: 300,
    transmitIntervalMs: 300,
    detectMultiplier: 3,
    echoIntervalMs: 50,
    echoMode: false,
    passiveMode: false,
    minimumTtl: 254,
  },
};

test("a BFD session that comes up is told at once, its counters every few seconds", () => {
  const { clock, sights, routers, sockets, changes } = start();
  routers.updateLinks([]);
  routers.watch({ bfd: [router], discover: [] });
  clock.advance(0);
  expect(sights[0]?.bfd).toMatchObject([{ key: "r", state: "down" }]);
  const hear = (): void =>
    sockets.deliver("10.0.0.254", {
      state: "up",
      final: true,
      yourDiscriminator: sockets.discriminatorTowards("10.0.0.254"),
    });
  sockets.deliver("10.0.0.254", {});
  hear();
  expect(changes).toMatchObject([{ key: "r", state: "up" }]);
  expect(sights.length).toBe(1);
  clock.advance(250);
  expect(sights[1]?.bfd).toMatchObject([{ state: "up", counters: { controlInput: 2 } }]);
  for (let second = 0; second < 20; second += 1) {
    hear();
    clock.advance(500);
  }
  expect(sights.length).toBe(4);
  routers.stop();
  expect(sockets.sent.at(-1)?.packet.state).toBe("admin-down");
});

test("nobody's counters are nothing to tell", () => {
  const { clock, sights, routers } = start();
  routers.watch({ bfd: [router], discover: [] });
  routers.updateLinks([]);
  routers.watch({ bfd: [], discover: [] });
  clock.advance(60_000);
  expect(sights.length).toBe(1);
});

test("routers on unnumbered links are told, as long as they are looked for", async () => {
  const [clock, segment] = [new ManualClock(), new MemorySegment()];
  const [one, other] = [start({ clock, segment }), start({ clock, segment, index: 3 })];
  for (const { routers, links } of [one, other]) {
    routers.updateLinks(links);
    routers.watch({ bfd: [], discover: ["eth0"] });
  }
  await advance(clock, 20_000);
  const found = one.sights.at(-1)?.routers.map(({ address }) => formatIpAddress(address));
  expect(found).toEqual(["fe80::3"]);
  one.routers.watch({ bfd: [], discover: [] });
  await advance(clock, 1000);
  expect(one.sights.at(-1)?.routers).toEqual([]);
  other.routers.stop();
});
