import { expect, test } from "@jest/globals";
import { formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { ManualClock, seededRandom } from "@steelyard/model/testing";
import { MemorySpeakerPods } from "../adapters/memory/memory-speaker-pods.ts";
import { ip } from "../core/wire/testing/ip.ts";
import { PeerDiscovery, type PeerDiscoveryOptions } from "./peer-discovery.ts";
import { settle } from "./testing/settle.ts";

const minute = 60_000;

function harness(options: Partial<PeerDiscoveryOptions> = {}) {
  const clock = new ManualClock();
  const pods = new MemorySpeakerPods();
  const told: string[] = [];
  const logged: string[] = [];
  const log = (_: object, message: string) => void logged.push(message);
  const discovery = new PeerDiscovery(
    { endpoint: { address: ip("10.0.0.1"), port: 7946 }, ...options },
    {
      pods,
      clock,
      random: seededRandom(1),
      log: { debug: log, info: log, warn: log, error: log },
      onPeers: (peers) =>
        told.push(peers.map(({ address, port }) => `${formatIpAddress(address)}:${port}`).join(" ")),
    },
  );
  const pass = async (millis: number) => {
    for (let passed = 0; passed < millis; passed += 1_000) {
      clock.advance(1_000);
      await settle();
    }
  };
  const run = (...addresses: IpAddress[]) => {
    pods.pods = addresses.map((address) => [address]);
  };
  return { discovery, pods, told, logged, pass, run, clock };
}

test("the other Pods are told, sorted and once each, and again only when they change", async () => {
  const { discovery, told, run, pass } = harness();
  run(ip("10.0.0.3"), ip("10.0.0.1"), ip("10.0.0.2"), ip("10.0.0.3"));
  discovery.start();
  await pass(6 * minute);
  expect(told).toEqual(["10.0.0.2:7946 10.0.0.3:7946"]);
  run(ip("10.0.0.2"));
  await pass(6 * minute);
  expect(told).toEqual(["10.0.0.2:7946 10.0.0.3:7946", "10.0.0.2:7946"]);
});

test("somebody alone is told so", async () => {
  const { discovery, told, run, pass } = harness();
  run(ip("10.0.0.1"));
  discovery.start();
  await pass(1_000);
  expect(told).toEqual([""]);
});

test("of a Pod with both families the address of our own counts", async () => {
  const { discovery, told, pods, pass } = harness({ endpoint: { address: ip("2001:db8::1"), port: 7 } });
  pods.pods = [[ip("10.0.0.2"), ip("2001:db8::2")], [ip("10.0.0.3")]];
  discovery.start();
  await pass(1_000);
  expect(told).toEqual(["2001:db8::2:7"]);
});

test("Pods are listed at the start, and every five minutes", async () => {
  const { discovery, pods, pass } = harness();
  discovery.start();
  await pass(1_000);
  expect(pods.asked).toBe(1);
  await pass(5 * minute);
  expect(pods.asked).toBe(2);
});

test("while members are missing they are listed once a minute", async () => {
  const { discovery, pods, pass } = harness();
  discovery.start();
  await pass(2 * minute);
  discovery.membersMissing(true);
  discovery.membersMissing(true);
  await pass(1_000);
  expect(pods.asked).toBe(2);
  await pass(3 * minute);
  expect(pods.asked).toBe(5);
  discovery.membersMissing(false);
  await pass(1 * minute);
  await pass(4 * minute);
  expect(pods.asked).toBe(6);
});

test("another set of nodes: listed at once, and again when the new Pod will have an address", async () => {
  const { discovery, pods, pass } = harness();
  discovery.start();
  discovery.nodesChanged(["a", "b"]);
  await pass(1_000);
  expect(pods.asked).toBe(1);
  discovery.nodesChanged(["b", "a"]);
  await pass(1_000);
  expect(pods.asked).toBe(1);
  discovery.nodesChanged(["a", "b", "c"]);
  await pass(1_000);
  expect(pods.asked).toBe(2);
  await pass(15_000);
  expect(pods.asked).toBe(3);
});

test("while the API server is away what is known stays, and it is asked less and less often", async () => {
  const known = [{ address: ip("10.0.0.9"), port: 7946 }];
  const { discovery, pods, told, logged, pass, run } = harness({ initialPeers: known });
  pods.connected = false;
  discovery.start();
  await pass(10 * minute);
  expect(told).toEqual(["10.0.0.9:7946"]);
  expect(logged).toHaveLength(1);
  expect(pods.asked).toBeLessThan(25);
  run(ip("10.0.0.2"));
  pods.connected = true;
  await pass(2 * minute);
  expect(told).toEqual(["10.0.0.9:7946", "10.0.0.2:7946"]);
});

test("nothing is known and the API server is away: nothing is told until it answers", async () => {
  const { discovery, pods, told, pass, run } = harness();
  pods.connected = false;
  discovery.start();
  await pass(1_000);
  expect(told).toEqual([]);
  run(ip("10.0.0.2"));
  pods.connected = true;
  await pass(5_000);
  expect(told).toEqual(["10.0.0.2:7946"]);
});

test("after the stop nothing is asked and nothing told", async () => {
  const { discovery, told, clock, run } = harness();
  run(ip("10.0.0.2"));
  discovery.start();
  discovery.stop();
  await settle();
  expect(told).toEqual([]);
  expect(clock.pendingTimers).toBe(0);
});
