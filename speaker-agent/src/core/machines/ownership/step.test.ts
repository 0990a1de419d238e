import { describe, expect, test } from "@jest/globals";
import { ipAddress } from "@steelyard/model/address";
import { EPOCH_SPAN } from "../../election/claim.ts";
import { amongThree, capabilityOf, Driven, X, Y } from "./testing/drive.ts";
import { encodeOwnershipState } from "./user-state.ts";

/*
 * Of X the spreading order is a, b, c and MetalLB's c, a, b; of Y they are c, a, b and a, b, c. The hashes of the names
 * come in the order c, b, a.
 */

const owns = [`announce ${X}@1`, expect.anything(), `moved ${X} nobody > a (first)`];

describe("settling", () => {
  test("nothing is claimed before the tables are exchanged", () => {
    const a = new Driven();
    a.take({ kind: "start" });
    expect(a.snapshot([X], ["a", "b"])).toEqual([]);
    expect(a.members({ a: "alive", b: "alive" })).toEqual(["watch"]);
    expect(a.take({ kind: "synced" })).toEqual([
      `announce ${X}@1`,
      `send b ${X}@1=a`,
      `broadcast ${X}@1=a`,
      `moved ${X} nobody > a (first)`,
    ]);
  });

  test("but not for ever", () => {
    const a = new Driven();
    a.take({ kind: "start" });
    a.snapshot([X], ["a", "b"]);
    expect(a.wait(1999)).toEqual([]);
    expect(a.wait(1)).toEqual(expect.arrayContaining([`announce ${X}@1`]));
  });

  test("the only node of a cluster has nobody to wait for", () => {
    const a = new Driven();
    a.take({ kind: "start" });
    expect(a.snapshot([X], ["a"])).toEqual(owns);
  });

  test("a claim of a former run is resumed without a move", () => {
    const a = amongThree("a");
    expect(a.state.entries[0]?.announcement).toMatchObject({ epoch: 5, probe: false });
    expect(a.state.entries[0]?.owner).toBe("a");
  });

  test("an address that was never announced is probed for, whoever has claimed it before", () => {
    const a = new Driven();
    a.take({ kind: "start" });
    expect(a.snapshot([X], ["a"], { fresh: true })).toContain(`announce ${X}@1?`);
    const b = amongThree("b", { fresh: true });
    expect(b.gone("b", "node-gone")).toContain(`announce ${X}@6?`);
    const c = amongThree("b");
    expect(c.gone("b", "node-gone")).toContain(`announce ${X}@6`);
  });

  test("nor is an address announced unasked because it is handed over, or was claimed before a restart", () => {
    const taking = amongThree("b", { fresh: true });
    expect(taking.asked("b", "drain", 5, X)).toContain(`announce ${X}@6?`);
    expect(amongThree("a", { fresh: true }).state.entries[0]?.announcement).toMatchObject({ probe: true });
  });
});

describe("the holder is gone", () => {
  test.each([
    ["node-gone", "holder-gone"],
    ["process-gone", "process-gone"],
    ["stalled", "stalled"],
  ] as const)("%s: the first in line claims the next epoch at once", (cause, moved) => {
    expect(amongThree("b").gone("b", cause)).toEqual([
      `announce ${X}@6`,
      `send c ${X}@6=a`,
      // It may be alive after all, and then has to know first.
      `send b ${X}@6=a`,
      `broadcast ${X}@6=a`,
      "watch",
      `moved ${X} b > a (${moved} after 200 ms)`,
    ]);
  });

  test.each([
    ["dead", "holder-gone"],
    ["left", "left"],
  ] as const)("membership says %s", (state, moved) => {
    const lines = amongThree("b").members({ a: "alive", b: state, c: "alive" });
    expect(lines).toContain(`moved ${X} b > a (${moved})`);
  });

  test("suspicion alone moves nothing", () => {
    const lines = amongThree("b").members({ a: "alive", b: "suspect", c: "alive" });
    expect(lines.filter((line) => !line.startsWith("watch"))).toEqual([]);
  });

  test("who is not first waits for the one who is, and then does it itself", () => {
    const a = amongThree("c", { me: "b" });
    expect(a.gone("c", "node-gone")).toEqual(["watch a"]);
    expect(a.wait(2999)).toEqual([]);
    expect(a.wait(1)).toContain(`moved ${X} c > b (holder-gone after 200 ms)`);
  });

  test("who is second does not wait for a first that is lost as well", () => {
    const b = amongThree("c", { me: "b" });
    b.gone("c", "node-gone");
    expect(b.gone("a", "node-gone")).toContain(`moved ${X} c > b (holder-gone after 200 ms)`);
  });

  test("who comes back is not told of what it had lost before", () => {
    const a = amongThree("a");
    a.now += 1000;
    a.gone("b", "node-gone");
    expect(a.take({ kind: "back", node: "b" }).filter((line) => !line.startsWith("watch"))).toEqual([]);
  });

  test("who comes back takes nothing back, and is told at once what it has lost: it may not know", () => {
    const a = amongThree("b");
    a.gone("b", "node-gone");
    const lines = a.take({ kind: "back", node: "b" }).filter((line) => !line.startsWith("watch"));
    expect(lines).toEqual([`announce-again ${X}`, `send b ${X}@6=a`]);
    expect(a.wait(60_000)).toEqual([]);
  });

  test("the two that are next watch the holder, and the second the first; nobody else does", () => {
    const watched = (me: string): readonly string[] => [...amongThree("a", { me }).state.watched.keys()];
    expect([watched("a"), watched("b"), watched("c")]).toEqual([[], ["a"], ["a", "b"]]);
    const d = new Driven({ me: "d" });
    d.snapshot([X], ["a", "b", "c", "d"]);
    d.claims("c", 1, X);
    d.members({ a: "alive", b: "alive", c: "alive", d: "alive" });
    const place = d.state.entries[0]?.line.filter((node) => node !== "c").indexOf("d") ?? -1;
    expect(d.state.watched.has("c")).toBe(place >= 0 && place < 2);
  });
});

describe("claims against each other", () => {
  test.each([
    ["later", "b", 6],
    ["as late, of a node that comes later", "a", 5],
  ])("one on the wire that is %s: yield at once, and tell that its claimant lives", (_how, node, epoch) => {
    const holder = node === "a" ? "b" : "a";
    const driven = amongThree(holder, { me: holder });
    expect(driven.observed(node, epoch, X)).toEqual([
      "announce",
      `broadcast seen ${X}@${epoch}=${node}`,
      ...(driven.state.watched.has(node) ? [`watch ${node}`] : []),
      `log ${X} is ${node}'s, whose claim is later`,
      `moved ${X} ${holder} > ${node} (yielded)`,
    ]);
  });

  test.each([
    ["lesser", "b", 4],
    ["as late, of a node that comes earlier", "b", 5],
  ])("one on the wire that is %s: announce again, but not for every frame", (_how, node, epoch) => {
    const a = amongThree("a");
    expect(a.observed(node, epoch, X)).toEqual([`announce-again ${X}`, `send ${node} ${X}@5=a`]);
    expect(a.observed(node, epoch, X)).toEqual([]);
    a.wait(200);
    expect(a.observed(node, epoch, X)).toHaveLength(2);
  });

  test("our own frame, seen on another interface, is nobody's", () => {
    const a = amongThree("a");
    expect(a.observed("a", 6, X)).toEqual([]);
    expect(
      a.take({ kind: "observed", address: ipAddress("IPv4", 1n), mac: new Uint8Array(6), claim: undefined }),
    ).toEqual([]);
  });

  test("a claimant of whom nobody has heard gets the benefit of the doubt", () => {
    const a = amongThree("a");
    expect(a.observed("zzz", 9, X)).toContain("announce");
    expect(a.wait(9000)).toEqual([]);
    // Then the segment is asked whether it is still there.
    expect(a.wait(1000)).toContain(`announce ${X}@10?`);
  });

  test("a later claim by gossip: yield; a lesser one: tell its node", () => {
    const a = amongThree("a");
    expect(a.claims("b", 4, X)).toEqual([`send b ${X}@5=a`]);
    expect(a.claims("b", 6, X)).toContain("announce");
    // It was news, so the others get it from here too.
    expect(amongThree("a").claims("b", 6, X)).toContain(`broadcast ${X}@6=b`);
  });

  describe("of a node that was cut off, while most of the ring was not", () => {
    const back = (
      away: Readonly<Record<string, "dead">>,
      options: { readonly claimedAnew?: boolean } = {},
    ) => {
      const a = amongThree(options.claimedAnew === true ? "b" : "a");
      a.now += 60_000;
      if (options.claimedAnew === true) a.gone("b", "process-gone");
      a.members({ a: "alive", b: "alive", c: "alive", ...away });
      a.now += 5000;
      a.members({ a: "alive", b: "alive", c: "alive" });
      return a;
    };
    const epochOf = (a: Driven) => a.state.entries[0]?.announcement?.epoch;

    test.each(["told of", "seen"])("a later claim, %s, is overbid: it could not see this one", (how) => {
      const a = back({ c: "dead" });
      const lines = how === "seen" ? a.observed("c", 9, X) : a.claims("c", 9, X);
      expect(lines).toEqual(expect.arrayContaining([`announce ${X}@10`, `send c ${X}@10=a`]));
      expect(epochOf(a)).toBe(10);
      a.claims("c", 11, X);
      // It knows, and claims all the same.
      expect(epochOf(a)).toBeUndefined();
    });

    test("but not when as many were away as not, nor when this node has only just claimed it itself", () => {
      const half = back({ b: "dead", c: "dead" });
      half.claims("c", 9, X);
      expect(epochOf(half)).toBeUndefined();
      const taken = back({ c: "dead" }, { claimedAnew: true });
      taken.claims("c", 9, X);
      expect(epochOf(taken)).toBeUndefined();
    });

    test("nor when it is back for longer", () => {
      const late = back({ c: "dead" });
      late.now += 10_000;
      late.claims("c", 9, X);
      expect(epochOf(late)).toBeUndefined();
    });
  });

  test("a later claim of a node that seems dead is overbid once, and believed when it is answered", () => {
    const a = amongThree("a");
    a.gone("b", "node-gone");
    expect(a.claims("b", 6, X)).toContain(`announce ${X}@7`);
    expect(a.claims("b", 8, X)).toContain("announce");
    // Now it is taken for alive, however dead it seems.
    expect(a.wait(9000)).toEqual([]);
  });

  test("seen announcing, a node is not dead because it goes on being silent", () => {
    const a = amongThree("a");
    a.wait(5000);
    a.observed("b", 6, X);
    a.wait(100);
    expect(a.gone("b", "stalled").filter((line) => line.startsWith("announce"))).toEqual([]);
    // A kernel that is silent is new evidence.
    const other = amongThree("a");
    other.observed("b", 6, X);
    other.wait(100);
    expect(other.gone("b", "node-gone")).toContain(`announce ${X}@7`);
  });

  test("after that time the segment is asked, and only silence there is told", () => {
    const a = amongThree("a");
    a.wait(5000);
    a.observed("b", 6, X);
    a.gone("b", "stalled");
    const lines = a.wait(10_000);
    expect(lines).toEqual([`announce ${X}@7?`, "watch"]);
    expect(a.announced(X)).toContain(`moved ${X} b > a (stalled)`);
  });

  test("... and an answer there doubles the time", () => {
    const a = amongThree("a");
    a.wait(5000);
    a.observed("b", 6, X);
    a.gone("b", "stalled");
    a.wait(10_000);
    const stranger = {
      kind: "observed" as const,
      address: ipAddress("IPv4", 0xc000020an),
      mac: new Uint8Array(6),
    };
    expect(a.take({ ...stranger, claim: undefined })).toEqual(["announce", "watch b"]);
    expect(a.wait(19_000)).toEqual([]);
    expect(a.wait(1000)).toEqual([`announce ${X}@7?`, "watch"]);
  });

  test.each([EPOCH_SPAN - 1, EPOCH_SPAN / 2, 2 ** 40])(
    "no epoch is the last: after %d comes a later one",
    (epoch) => {
      const a = amongThree("b");
      a.claims("b", epoch, X);
      a.gone("b", "node-gone");
      expect(a.state.entries[0]?.claim?.node).toBe("a");
      expect(a.state.entries[0]?.announcement).toBeDefined();
    },
  );
});

describe("giving an address away", () => {
  const preferred = { preferred: { c: 10 }, version: 2 };

  test("asks every 100 ms, the second in line after five requests, then waits longer each time, and says so", () => {
    const a = amongThree("a");
    expect(a.snapshot([X], ["b", "c"], { version: 2 })).toEqual([`send b a, b (candidate): ${X}@5`]);
    expect(a.wait(450)).toEqual(Array.from({ length: 4 }, () => `send b a, b (candidate): ${X}@5`));
    expect(a.wait(500)).toEqual(Array.from({ length: 5 }, () => `send c a, c (candidate): ${X}@5`));
    expect(a.wait(100)).toEqual([
      `log ${X} should move (candidate), but b does not take it; next try in 1 s`,
    ]);
    expect(a.wait(900)).toEqual([]);
    expect(a.wait(100)).toHaveLength(1);
    expect(a.wait(1000)).toContain(
      `log ${X} should move (candidate), but b does not take it; next try in 2 s`,
    );
    expect(a.state.entries[0]?.announcement).toBeDefined();
  });

  test.each<[string, (a: Driven) => readonly string[]]>([
    ["the claim of the other", (a) => a.claims("c", 6, X)],
    ["the announcement of the other", (a) => a.observed("c", 6, X)],
  ])("ends with %s, and is no yielding", (_what, see) => {
    const a = amongThree("a");
    a.snapshot([X], ["a", "b", "c"], preferred);
    const lines = see(a);
    expect(lines).toContain("announce");
    expect(lines.filter((line) => line.startsWith("moved"))).toEqual([]);
  });

  test("nobody is asked who is not preferred more", () => {
    const a = amongThree("a");
    expect(a.snapshot([X], ["a", "b", "c"], { version: 2, preferred: { a: 5, b: 5 } })).toEqual([]);
  });

  test("the better one comes to life later", () => {
    const a = amongThree("a", { preferred: { c: 10 } });
    a.claims("c", 6, X);
    a.gone("c", "node-gone");
    expect(a.state.entries[0]?.claim?.node).toBe("a");
    a.announced(X);
    expect(a.take({ kind: "back", node: "c" })).toContain(`send c a, c (preference): ${X}@7`);
  });

  test("with nobody else to take it, somebody who should not own it keeps it", () => {
    const a = amongThree("a");
    a.members({ a: "alive", b: "dead", c: "dead" });
    expect(a.snapshot([X], ["b", "c"], { version: 2 })).toEqual([
      `log ${X} should move (candidate), but nobody else can take it`,
    ]);
    expect(a.state.entries[0]?.announcement).toBeDefined();
    expect(a.members({ a: "alive", b: "dead", c: "alive" })).toContain(`send c a, c (candidate): ${X}@5`);
  });

  test("without any candidate, or without the address, nobody answers", () => {
    expect(amongThree("a").snapshot([X], [], { version: 2 })).toContain("announce");
    expect(amongThree("a").snapshot([], ["a", "b"], { version: 2 })).toContain("announce");
  });
});

describe("taking an address over", () => {
  test("announces first, and claims when the announcer says that it does", () => {
    const b = amongThree("a", { me: "b" });
    expect(b.asked("a", "candidate", 5, X)).toEqual([`announce ${X}@6`]);
    expect(b.announced(X)).toEqual([
      `send c ${X}@6=b`,
      `send a ${X}@6=b`,
      `broadcast ${X}@6=b`,
      "watch",
      `moved ${X} a > b (planned:candidate)`,
    ]);
    // The answer got lost: the request comes again.
    expect(b.asked("a", "candidate", 5, X)).toEqual([`send a ${X}@6=b`]);
  });

  test("gives up after a second without", () => {
    const b = amongThree("a", { me: "b" });
    b.asked("a", "candidate", 5, X);
    expect(b.wait(1000)).toEqual(["announce"]);
    expect(b.state.entries[0]?.owner).toBe("a");
  });

  test("the owner dies meanwhile", () => {
    const b = amongThree("a", { me: "b" });
    b.asked("a", "candidate", 5, X);
    expect(b.gone("a", "node-gone")).toContain(`moved ${X} a > b (holder-gone after 200 ms)`);
  });

  test.each<[string, (b: Driven) => void, Parameters<Driven["asked"]>[1]]>([
    ["it is no candidate itself", (b) => b.snapshot([X], ["a", "c"], { version: 2 }), "candidate"],
    ["it drains", (b) => b.take({ kind: "drain" }), "candidate"],
    ["it is not preferred more, by its own view", () => undefined, "preference"],
    ["the address is unknown", (b) => b.snapshot([Y], ["a", "b"], { version: 2 }), "candidate"],
  ])("is refused when %s", (_why, prepare, cause) => {
    const b = amongThree("a", { me: "b" });
    prepare(b);
    expect(b.asked("a", cause, 5, X)).toEqual([]);
  });

  test("a holder that must not own an address is overruled after ten seconds", () => {
    const b = amongThree("a", { me: "b" });
    b.snapshot([X], ["b", "c"], { version: 2 });
    expect(b.wait(9999)).toEqual([]);
    expect(b.wait(1)).toContain(`moved ${X} a > b (planned:candidate)`);
  });
});

describe("draining", () => {
  test("with nothing to give it is over at once", () => {
    expect(amongThree("b").take({ kind: "drain" })).toEqual(["watch", "drained"]);
  });

  test("is over when everything is taken over", () => {
    const a = amongThree("a");
    expect(a.take({ kind: "drain" })).toEqual([`send b a, b (drain): ${X}@5`]);
    expect(a.claims("b", 6, X)).toEqual(expect.arrayContaining(["announce", "drained"]));
  });

  test("is over after 1.2 s, and answers on", () => {
    const a = amongThree("a");
    a.take({ kind: "drain" });
    expect(a.wait(1199)).not.toContain("drained");
    expect(a.wait(1)).toContain("drained");
    expect(a.state.entries[0]?.announcement).toBeDefined();
  });

  test("who is alone has nobody to wait for", () => {
    const a = amongThree("a");
    a.members({ a: "alive", b: "dead", c: "left" });
    expect(a.take({ kind: "drain" })).toContain("drained");
  });

  test("prefers who has started later", () => {
    const a = amongThree("a");
    a.members({ a: "alive", c: "alive" }, 2000);
    a.members({ a: "alive", b: "alive" }, 500);
    const endpoint = { address: ipAddress("IPv4", 1n), port: 1 };
    const member = (name: string, startedAt: string) => ({
      name,
      endpoint,
      meta: Uint8Array.from(`steelyard/1 ${startedAt}`, (each) => each.charCodeAt(0)),
      state: "alive" as const,
    });
    a.take({ kind: "members", members: [member("b", "500"), member("c", "2000")] });
    expect(a.take({ kind: "drain" })).toEqual([`send c a, c (drain): ${X}@5`]);
  });

  test("nothing is given back to who is leaving, however preferred", () => {
    const b = amongThree("a", { me: "b", preferred: { a: 10 } });
    b.asked("a", "drain", 5, X);
    expect(b.announced(X)).toContain(`moved ${X} a > b (planned:drain)`);
    expect(b.wait(1000)).toEqual([]);
    // Restarted, it is preferred again.
    expect(
      b.members({ a: "left", b: "alive", c: "alive" }).filter((line) => line.startsWith("send")),
    ).toEqual([]);
    expect(b.members({ a: "alive", b: "alive", c: "alive" }, 9000)).toContain(
      `send a b, a (preference): ${X}@6`,
    );
  });
});

describe("interfaces", () => {
  const lost = { complete: true, links: [] };

  test("of nodes that are no more is forgotten: clusters grow and shrink for years", () => {
    const a = amongThree("b");
    a.hear({ kind: "capability", node: "b", sequence: 1, capability: capabilityOf("eth0") });
    for (let number = 0; number < 1000; number += 1)
      a.hear({ kind: "capability", node: `node-${number}`, sequence: 1, capability: capabilityOf("eth0") });
    expect(a.state.capabilities.size).toBeLessThan(100);
    expect([...a.state.capabilities.keys()]).toEqual(expect.arrayContaining(["b", "node-999"]));
  });

  test("without one for the address the owner stops at once, and tells the ring and the next", () => {
    const a = amongThree("a");
    a.take({ kind: "capability", capability: capabilityOf("eth0") });
    const lines = a.take({ kind: "capability", capability: lost });
    expect(lines).toEqual([
      "announce",
      `send b a, b (capability): ${X}@5`,
      "broadcast capability a #1002:",
      `log ${X}: this node has no interface for it any more`,
    ]);
    expect(a.claims("b", 6, X)).not.toContain(expect.stringContaining("moved"));
  });

  test("the others need not be asked", () => {
    const b = amongThree("a", { me: "b" });
    const lines = b.hear({ kind: "capability", node: "a", sequence: 7, capability: lost });
    expect(lines).toEqual(expect.arrayContaining([`announce ${X}@6`, `moved ${X} a > b (left)`]));
  });

  test("an older statement changes nothing", () => {
    const b = amongThree("a", { me: "b" });
    b.hear({ kind: "capability", node: "a", sequence: 7, capability: capabilityOf("eth0") });
    expect(b.hear({ kind: "capability", node: "a", sequence: 6, capability: lost })).toEqual([]);
  });

  test("what a former run of this node has said is outdone", () => {
    const a = amongThree("b");
    a.take({ kind: "capability", capability: capabilityOf("eth0") });
    expect(a.hear({ kind: "capability", node: "a", sequence: 5000, capability: lost })).toEqual([
      "broadcast capability a #5001: eth0",
    ]);
  });

  test("its own capability that others pass on is an echo, and answered with nothing", () => {
    const a = new Driven();
    a.take({ kind: "capability", capability: capabilityOf("eth0") });
    const echo = { kind: "capability", node: "a", sequence: 1001, capability: capabilityOf("eth0") } as const;
    expect(a.hear(echo)).toEqual([]);
    expect(a.hear({ ...echo, capability: lost })).toEqual(["broadcast capability a #1002: eth0"]);
  });

  test("whoever cannot is not in line", () => {
    const a = amongThree("b");
    a.take({ kind: "capability", capability: lost });
    expect(a.gone("b", "node-gone").filter((line) => line.startsWith("announce"))).toEqual([]);
    a.take({ kind: "capability", capability: capabilityOf("eth0") });
  });
});

describe("policy hash", () => {
  test("without membership the first in MetalLB's order of the Ready nodes owns an address", () => {
    const c = new Driven({ me: "c", membership: false });
    expect(c.snapshot([X, Y], ["a", "b", "c"])).toContain(`announce ${X}@1`);
    expect(c.snapshot([X, Y], ["a", "b", "c"], { version: 2, ready: ["b", "c"] })).toEqual([]);
    const b = new Driven({ me: "b", membership: false });
    b.snapshot([X, Y], ["a", "b", "c"]);
    expect(b.snapshot([X, Y], ["a", "b", "c"], { version: 2, ready: ["b", "c"] })).toContain(
      `announce ${Y}@1`,
    );
  });

  test("is said once when a speaker of MetalLB comes, and when the last has left", () => {
    const a = amongThree("a");
    const logs = (lines: readonly string[]): readonly string[] =>
      lines.filter((line) => line.startsWith("log owner"));
    expect(logs(a.members({ a: "alive", b: "alive", c: "metallb" }))).toEqual([
      "log owner policy hash, because a speaker of MetalLB is in the ring (c)",
    ]);
    expect(logs(a.members({ a: "alive", b: "metallb", c: "metallb" }))).toEqual([]);
    expect(logs(a.members({ a: "alive", b: "alive", c: "alive" }))).toEqual([
      "log owner policy sticky, because it is configured and all members are agents of ours",
    ]);
  });

  test("an address that is a speaker's is answered for until it is seen there", () => {
    const a = amongThree("a");
    expect(
      a.members({ a: "alive", b: "alive", c: "metallb" }).filter((line) => line.startsWith("announce")),
    ).toEqual([]);
    const seen = {
      kind: "observed" as const,
      address: ipAddress("IPv4", 0xc000020an),
      mac: new Uint8Array(6),
    };
    expect(a.take({ ...seen, claim: undefined })).toContain("announce");
  });

  test("... or a second has passed", () => {
    const a = amongThree("a");
    a.members({ a: "alive", b: "alive", c: "metallb" });
    expect(a.wait(999)).toEqual([]);
    expect(a.wait(1)).toContain("announce");
  });

  test("the present owner is kept when the policy becomes sticky again", () => {
    const a = amongThree("a");
    a.members({ a: "alive", b: "metallb", c: "alive" });
    a.wait(2000);
    a.claims("c", 6, X);
    expect(
      a.members({ a: "alive", b: "alive", c: "alive" }).filter((line) => line.startsWith("announce")),
    ).toEqual([]);
    expect(a.wait(60_000)).toEqual([]);
    expect(a.state.entries[0]?.owner).toBe("c");
  });

  test("an agent that is first and cannot is stood in for by an agent, never by a speaker", () => {
    const b = new Driven({ me: "b" });
    b.take({ kind: "start" });
    b.snapshot([X], ["a", "b", "c"]);
    b.members({ a: "metallb", b: "alive", c: "alive" });
    b.take({ kind: "synced" });
    expect(b.gone("c", "node-gone")).toContain(`announce ${X}@1`);
    expect(b.state.entries[0]?.owner).toBe("b");
    // Once membership has given it up, the speaker believes it is its turn.
    b.members({ a: "metallb", b: "alive", c: "dead" });
    expect(b.state.entries[0]?.owner).toBe("a");
  });
});

describe("what must not matter", () => {
  test("the same snapshot again changes nothing", () => {
    const a = amongThree("a");
    const before = a.state.entries;
    a.snapshot([X], ["a", "b", "c"]);
    expect(a.state.entries[0]).toBe(before[0]);
  });

  test("foreign and damaged messages are ignored, and counted", () => {
    const a = amongThree("a");
    a.take({ kind: "user-message", payload: new Uint8Array([1, 2, 3]) });
    a.take({ kind: "user-state", payload: new Uint8Array([0x53, 0x59, 1, 4, 0]) });
    expect(a.state.ignoredMessages).toBe(2);
  });

  test("a clock that is set back stops no timer", () => {
    const a = amongThree("a");
    a.snapshot([X], ["b", "c"], { version: 2 });
    a.now -= 3_600_000;
    a.take({ kind: "announced", addresses: [] });
    expect(a.state.clock?.behind).toBe(3_600_000);
    const before = a.state.due.get(0xc000020an);
    expect(before !== undefined && before - (a.state.clock?.last ?? 0)).toBe(100);
  });

  test("the state before a step is not changed by it", () => {
    const a = amongThree("b");
    const { state } = a;
    const copy = structuredClone({ ...state, groups: undefined, fields: undefined });
    a.gone("b", "node-gone");
    expect(structuredClone({ ...state, groups: undefined, fields: undefined })).toEqual(copy);
  });
});

describe("claims of addresses that are no more", () => {
  const told = (driven: Driven): number => encodeOwnershipState(driven.state).length;

  test("are remembered for ten minutes, so that the address comes back where it was", () => {
    const a = amongThree("b");
    a.snapshot([], ["a", "b", "c"], { version: 2 });
    a.wait(599_000);
    a.snapshot([X], ["a", "b", "c"], { version: 3 });
    expect(a.state.entries[0]?.claim).toEqual({ epoch: 5, node: "b" });
    a.snapshot([], ["a", "b", "c"], { version: 4 });
    a.wait(600_000);
    expect(a.state.orphans.size).toBe(0);
  });

  test("are handed on only by who had the address", () => {
    const a = amongThree("b");
    const before = told(a);
    a.snapshot([], ["a", "b", "c"], { version: 2 });
    expect(told(a)).toBe(before);
    a.claims("b", 1, Y);
    expect(a.state.orphans.size).toBe(2);
    expect(told(a)).toBe(before);
  });
});
