import { describe, expect, test } from "@jest/globals";
import { parseFlags } from "@steelyard/client/program";
import { readAnnouncingFlags } from "./announcing-flags.ts";
import { agentFlags } from "./flags.ts";

function read(...argv: readonly string[]) {
  const parsed = parseFlags(agentFlags, argv, {});
  return parsed.ok ? readAnnouncingFlags(parsed.value) : parsed;
}

describe("what the flags say of announcing", () => {
  test("the defaults", () => {
    expect(read()).toEqual({
      ok: true,
      value: {
        lbClasses: [],
        ignoreExcludeLb: false,
        strictExcludeLb: false,
        withdrawOnTaints: [],
        bindAddresses: undefined,
        policy: "sticky",
        refreshInterval: 60_000,
        wireCheckInterval: 1_000,
        stateDir: undefined,
      },
    });
  });

  test("everything else", () => {
    const given = read(
      ...["--lb-class=example.com/lb", "--ignore-exclude-lb", "--strict-exclude-lb", "--bind-addresses=lo"],
      ...["--withdraw-on-taint=maintenance,example.com/x=y:NoExecute", "--owner-policy=hash"],
      ...["--gratuitous-arp-interval=0", "--verify-interval=0", "--state-dir=/var/lib/steelyard"],
    );
    expect(given).toEqual({
      ok: true,
      value: {
        lbClasses: ["example.com/lb"],
        ignoreExcludeLb: true,
        strictExcludeLb: true,
        withdrawOnTaints: [
          { key: "maintenance", value: undefined, effect: undefined },
          { key: "example.com/x", value: "y", effect: "NoExecute" },
        ],
        bindAddresses: "lo",
        policy: "hash",
        refreshInterval: 0,
        wireCheckInterval: 0,
        stateDir: "/var/lib/steelyard",
      },
    });
  });

  test.each([
    ["--withdraw-on-taint==x", 'flag --withdraw-on-taint: "=x" is not <key>[=<value>][:<effect>]'],
    [
      "--withdraw-on-taint=a:Never",
      'flag --withdraw-on-taint: "a:Never" has the effect "Never", which is none of NoSchedule, PreferNoSchedule, NoExecute',
    ],
    [
      "--bind-addresses=a/b",
      'flag --bind-addresses: no interface can be called "a/b": it contains a slash, a colon or a space',
    ],
    ["--owner-policy=random", "flag --owner-policy"],
    ["--gratuitous-arp-interval=-1", "flag --gratuitous-arp-interval"],
    ["--verify-interval=soon", "flag --verify-interval"],
  ])("%s is refused, by name", (flag, sentence) => {
    const given = read(flag);
    expect(given.ok ? "" : given.error).toContain(sentence);
  });
});
