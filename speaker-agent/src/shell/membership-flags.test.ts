import { expect, test } from "@jest/globals";
import { parseFlags } from "@steelyard/client/program";
import { ip } from "../core/wire/testing/ip.ts";
import { agentFlags } from "./flags.ts";
import { readMembershipFlags, whyGossipIsOff } from "./membership-flags.ts";

function read(...argv: string[]) {
  const flags = parseFlags(agentFlags, argv, {});
  if (!flags.ok) throw new Error(flags.error);
  return readMembershipFlags(flags.value);
}

test.each([[[]], [["--ml-bindaddr=10.0.0.7"]], [["--ml-labels=app=metallb"]]])(
  "gossip is off without address and labels: %j",
  (argv) => {
    expect(read(...argv)).toEqual({ ok: true, value: undefined });
  },
);

test("gossip is on with both, and listens where the others are told to come", () => {
  const argv = ["--ml-bindaddr=10.0.0.7", "--ml-labels=app=metallb,component=speaker"];
  const off = { labelSelector: "app=metallb,component=speaker", secretKeyPath: undefined };
  const tuning = { file: "/etc/metallb/memberlist/config.json", wan: false };
  expect(read(...argv)).toEqual({
    ok: true,
    value: { endpoint: { address: ip("10.0.0.7"), port: 7946 }, ...off, tuning },
  });
  expect(
    read(...argv, "--ml-bindport=7947", "--ml-wan-config", "--ml-secret-key-path=/etc/ml_secret_key"),
  ).toMatchObject({
    ok: true,
    value: { endpoint: { port: 7947 }, secretKeyPath: "/etc/ml_secret_key", tuning: { wan: true } },
  });
});

test.each(["metallb", "10.0.0", "0.0.0.0", "::"])("an address is refused by name: %s", (address) => {
  const result = read(`--ml-bindaddr=${address}`, "--ml-labels=a=b");
  expect(result).toMatchObject({ ok: false, error: expect.stringContaining(`--ml-bindaddr: ${address} is`) });
});

test("half of what gossip needs is said to be half", () => {
  expect(whyGossipIsOff({ "ml-bindaddr": "192.0.2.1", "ml-labels": "" })).toMatch(/--ml-labels is not given/);
  expect(whyGossipIsOff({ "ml-bindaddr": undefined, "ml-labels": "app=x" })).toMatch(/--ml-bindaddr is not/);
  expect(whyGossipIsOff({ "ml-bindaddr": undefined, "ml-labels": undefined })).toBeUndefined();
  expect(whyGossipIsOff({ "ml-bindaddr": "192.0.2.1", "ml-labels": "app=x" })).toBeUndefined();
});
