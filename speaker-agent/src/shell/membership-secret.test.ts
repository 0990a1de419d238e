import { expect, test } from "@jest/globals";
import { ManualClock } from "@steelyard/model/testing";
import { DROP_AFTER_MILLIS, MembershipSecret, PROMOTE_AFTER_MILLIS } from "./membership-secret.ts";
import { settle } from "./testing/settle.ts";

const a = new Uint8Array(32).fill(1);
const b = new Uint8Array(32).fill(2);

async function harness() {
  const clock = new ManualClock();
  const told: string[] = [];
  const logged: string[] = [];
  const log = (_: object, message: string) => void logged.push(message);
  const file: { key: Uint8Array | Error } = { key: a };
  const secret = new MembershipSecret({
    readKey: () => (file.key instanceof Error ? Promise.reject(file.key) : Promise.resolve(file.key)),
    clock,
    log: { debug: log, info: log, warn: log, error: log },
    onKeys: (keys) => told.push(keys.map((key) => key[0]).join(" ")),
  });
  const pass = async (millis: number) => {
    for (let passed = 0; passed < millis; passed += 10_000) {
      clock.advance(10_000);
      await settle();
    }
  };
  return { secret, file, told, logged, pass, clock };
}

test("a new key is accepted at once, used later, and at last the only one", async () => {
  const { secret, file, told, pass } = await harness();
  await secret.start();
  file.key = b;
  await pass(20_000);
  expect(told).toEqual(["1", "1 2"]);
  await pass(PROMOTE_AFTER_MILLIS);
  expect(told).toEqual(["1", "1 2", "2 1"]);
  await pass(DROP_AFTER_MILLIS);
  expect(told).toEqual(["1", "1 2", "2 1", "2"]);
});

test("a key that is taken back before it was used leaves the old one in use", async () => {
  const { secret, file, told, pass } = await harness();
  await secret.start();
  file.key = b;
  await pass(20_000);
  file.key = a;
  await pass(DROP_AFTER_MILLIS + PROMOTE_AFTER_MILLIS);
  expect(told.at(1)).toBe("1 2");
  expect(told.at(-1)).toBe("1");
  expect(told.every((keys) => keys.startsWith("1"))).toBe(true);
});

test("without a key it does not start", async () => {
  const { secret, file, told } = await harness();
  file.key = new Error("the key of the gossip is empty: /etc/ml_secret_key/secretkey");
  await expect(secret.start()).rejects.toThrow("/etc/ml_secret_key/secretkey");
  expect(told).toEqual([]);
});

test("a key that goes away stays in use, and that is said once", async () => {
  const { secret, file, told, logged, pass } = await harness();
  await secret.start();
  file.key = new Error("gone");
  await pass(60_000);
  expect(told).toEqual(["1"]);
  expect(logged).toEqual(["gone; the keys known so far stay in use"]);
});

test("after the stop nothing is read any more", async () => {
  const { secret, clock } = await harness();
  await secret.start();
  secret.stop();
  expect(clock.pendingTimers).toBe(0);
});
