import { expect, test } from "@jest/globals";
import { RecordingLog } from "@steelyard/client/testing";
import { formatIpAddress } from "@steelyard/model/address";
import { ManualClock } from "@steelyard/model/testing";
import { ip } from "../core/wire/testing/ip.ts";
import { RingGuide, type RingGuideDeps } from "./ring-guide.ts";
import { ScriptedWorker } from "./testing/scripted-worker.ts";

const key = new Uint8Array(32).fill(7);

function setUp(readKey: RingGuideDeps["readKey"]) {
  const worker = new ScriptedWorker();
  const lists: (readonly string[])[] = [["192.0.2.1", "192.0.2.2"]];
  let listed = 0;
  const clock = new ManualClock();
  const guide = new RingGuide(
    { endpoint: { address: ip("192.0.2.1"), port: 7946 } },
    {
      worker,
      pods: {
        list: () => {
          listed++;
          return Promise.resolve((lists.at(-1) ?? []).map((text) => [ip(text)]));
        },
      },
      readKey,
      clock,
      random: { fraction: () => 0.5 },
      log: new RecordingLog(),
    },
  );
  const told = () =>
    worker.rings.map(({ peers, keys }) => [
      peers?.map(({ address }) => formatIpAddress(address)),
      keys.length,
    ]);
  return { guide, told, lists, clock, listed: () => listed };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test("the keys come first, then the others, without this node", async () => {
  const { guide, told } = setUp(() => Promise.resolve(key));
  await guide.start();
  await settle();
  expect(told()).toEqual([
    [undefined, 1],
    [["192.0.2.2"], 1],
  ]);
  guide.stop();
});

test("without a secret the ring begins at once, in the clear", async () => {
  const { guide, told } = setUp(undefined);
  await guide.start();
  await settle();
  expect(told()).toEqual([
    [undefined, 0],
    [["192.0.2.2"], 0],
  ]);
  guide.stop();
});

test("a secret that cannot be read is an end, not a ring in the clear", async () => {
  const { guide, told } = setUp(() => Promise.reject(new Error("no key")));
  await expect(guide.start()).rejects.toThrow("no key");
  expect(told()).toEqual([]);
});

test("a member that is missed lets the Pods be listed again within a minute", async () => {
  const { guide, told, lists, clock, listed } = setUp(undefined);
  await guide.start();
  await settle();
  lists.push(["192.0.2.1", "192.0.2.3"]);
  guide.update(["a"], [{ name: "a", state: "alive", kind: "steelyard" }]);
  clock.advance(60_000);
  await settle();
  expect(listed()).toBe(2);
  expect(told().at(-1)).toEqual([["192.0.2.3"], 0]);
  guide.stop();
});
