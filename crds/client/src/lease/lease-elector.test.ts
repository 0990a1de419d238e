import { describe, expect, test } from "@jest/globals";
import { type Clock, type Instant, type Millis } from "@steelyard/model/foundation";
import { ManualClock, seededRandom } from "@steelyard/model/testing";
import fc from "fast-check";
import { KubeClient } from "../client.ts";
import { KubeError } from "../errors.ts";
import { answer, refuse } from "../testing/behaviours.ts";
import { LeaseTable, type LeaseClient, type Link } from "../testing/lease-table.ts";
import { MisbehavingServer } from "../testing/misbehaving-server.ts";
import { RecordingLog } from "../testing/recording-log.ts";
import { plainConnection } from "../testing/test-connection.ts";
import { WatchfulClock } from "../testing/watchful-clock.ts";
import { KubeTransport } from "../transport/kube-transport.ts";
import { LeaseElector, type LeaseElectorOptions } from "./lease-elector.ts";

const lease = { namespace: "ns", name: "lock" };

/** Candidates for one lease, on one clock, of which the test decides when it moves. */
class Election {
  readonly clock = new ManualClock({ wallStart: "2026-01-01T00:00:00Z" });
  readonly log = new RecordingLog();
  readonly table: LeaseTable;
  readonly electors = new Map<string, LeaseElector>();
  /** How often two led at the same sample. */
  overlaps = 0;

  constructor(names: readonly string[] = ["a", "b", "c"], seed = 1) {
    this.table = new LeaseTable({ clock: this.clock, random: seededRandom(seed) });
    for (const [place, name] of names.entries())
      this.electors.set(name, this.candidate(name, {}, this.clock, seed + place));
  }

  candidate(
    identity: string,
    options: Partial<LeaseElectorOptions> = {},
    clock: Clock = this.clock,
    seed = 1,
  ): LeaseElector {
    const deps = { client: this.table.clientOf(identity), clock, random: seededRandom(seed), log: this.log };
    return new LeaseElector({ ...lease, identity, ...options }, deps);
  }

  get leaders(): readonly string[] {
    return [...this.electors].filter(([, elector]) => elector.isLeader).map(([name]) => name);
  }

  startAll(): this {
    for (const elector of this.electors.values()) elector.start();
    return this;
  }

  of(name: string): LeaseElector {
    const elector = this.electors.get(name);
    if (elector === undefined) throw new Error(`no candidate ${name}`);
    return elector;
  }

  /** Lets time pass in steps of 5 ms and counts, at each, who leads. */
  async run(duration: Millis, until: () => boolean = () => false): Promise<Millis> {
    for (let passed = 0; passed < duration; passed += 5) {
      if (until()) return passed;
      this.clock.advance(5);
      if (this.leaders.length > 1) this.overlaps += 1;
      await settle();
      if (this.leaders.length > 1) this.overlaps += 1;
    }
    return duration;
  }

  async stopAll(): Promise<void> {
    const stopping = Promise.all([...this.electors.values()].map((elector) => elector.stop()));
    await this.run(2_000);
    await stopping;
  }
}

/** All promises that can settle without time passing have settled. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("three candidates", () => {
  test("elect one, which writes what others need to know", async () => {
    const election = new Election().startAll();
    await election.run(5_000);
    expect(election.leaders).toHaveLength(1);
    expect(election.overlaps).toBe(0);
    const { spec } = election.table.lease ?? {};
    expect(spec).toMatchObject({
      holderIdentity: election.leaders[0],
      leaseDurationSeconds: 15,
      leaseTransitions: 0,
    });
    expect(spec?.acquireTime).toMatch(/^2026-01-01T00:00:00\.\d{6}Z$/);
    expect(spec?.renewTime).toMatch(/^2026-01-01T00:00:0[2-4]\.\d{6}Z$/);
    await election.stopAll();
  });

  test("keep their leader while it renews, every two seconds", async () => {
    const election = new Election().startAll();
    await election.run(1_000);
    const { leaders } = election;
    const before = election.table.writes;
    await election.run(60_000);
    expect(election.leaders).toEqual(leaders);
    expect(election.overlaps).toBe(0);
    expect(election.table.writes - before).toBeGreaterThanOrEqual(28);
    expect(election.table.writes - before).toBeLessThanOrEqual(30);
    // Those who stand by say so once, not at every look.
    const [leader] = leaders;
    const told = election.log.entries.filter(({ level }) => level === "info");
    const standingBy = { message: "standing by, another one leads", fields: { holder: leader } };
    expect(told).toMatchObject([{ message: "leading" }, standingBy, standingBy]);
    await election.stopAll();
  });

  test("never have two leaders when the API hangs for the leader, and a new one when the lease has expired", async () => {
    const election = new Election().startAll();
    await election.run(5_000);
    const [old = ""] = election.leaders;
    election.table.setLink(old, "hung");
    const until = await election.run(11_000, () => election.leaders.length === 0);
    expect(until).toBeGreaterThan(7_000);
    expect(until).toBeLessThanOrEqual(10_005);
    const gap = await election.run(20_000, () => election.leaders.length > 0);
    expect(gap).toBeLessThanOrEqual(10_000);
    expect(election.leaders).not.toEqual([old]);
    expect(election.table.lease?.spec?.leaseTransitions).toBe(1);
    election.table.setLink(old, "fine");
    await election.run(20_000);
    expect(election.leaders).not.toEqual([old]);
    expect(election.overlaps).toBe(0);
    await election.stopAll();
  });

  test("take over within a retry period when the leader stops", async () => {
    const election = new Election().startAll();
    await election.run(5_000);
    const [old = ""] = election.leaders;
    const stopping = election.of(old).stop();
    expect(election.of(old).isLeader).toBe(false);
    const gap = await election.run(20_000, () => election.leaders.length > 0);
    await stopping;
    expect(gap).toBeLessThanOrEqual(2_600);
    expect(election.overlaps).toBe(0);
    await election.stopAll();
    expect(election.table.lease?.spec?.holderIdentity).toBe("");
  });

  test("never have two leaders, whatever happens to their links", async () => {
    const link = fc.constantFrom<Link>("fine", "hung", "deaf");
    const moment = fc.record({
      who: fc.constantFrom("a", "b", "c"),
      link,
      then: fc.integer({ min: 5, max: 9_000 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1000),
        fc.array(moment, { minLength: 1, maxLength: 8 }),
        async (seed, history) => {
          const election = new Election(["a", "b", "c"], seed).startAll();
          for (const { who, link: next, then } of history) {
            election.table.setLink(who, next);
            await election.run(then);
          }
          for (const name of ["a", "b", "c"]) election.table.setLink(name, "fine");
          // Whatever it was, it heals: a lease has to expire and be seen as expired.
          await election.run(20_000);
          expect(election.leaders).toHaveLength(1);
          expect(election.overlaps).toBe(0);
          await election.stopAll();
        },
      ),
      { numRuns: 15 },
    );
  }, 60_000);
});

describe("time", () => {
  test("fences by itself: a stalled process finds itself deposed before any timer has run", async () => {
    let stalled = 0;
    const election = new Election([]);
    const { clock } = election;
    const stallable: Clock = {
      now: () => (clock.now() + stalled) as Instant,
      timestamp: () => clock.timestamp(),
      after: (delay, run) => clock.after(delay, run),
    };
    const elector = election.candidate("a", {}, stallable);
    election.electors.set("a", elector);
    election.startAll();
    await election.run(1_000);
    expect(elector.isLeader).toBe(true);
    stalled = 10_000;
    expect(elector.isLeader).toBe(false);
    stalled = 0;
    await election.stopAll();
  });

  test("counts from before the request, not from its answer", async () => {
    const clock = new ManualClock();
    const waitForever = (): Promise<never> => new Promise(() => {});
    const client: LeaseClient = {
      get: () => Promise.reject(new KubeError({ code: "not-found", status: 404, message: "no lease" })),
      create: <T>() => new Promise<T>((resolve) => clock.after(4_000, () => resolve({ metadata: {} } as T))),
      mergePatch: waitForever,
    };
    const elector = new LeaseElector(
      { ...lease, identity: "a" },
      { client, clock, random: seededRandom(1), log: new RecordingLog() },
    );
    elector.start();
    await settle();
    clock.advance(4_000);
    await settle();
    expect(elector.isLeader).toBe(true);
    clock.advance(5_999);
    expect(elector.isLeader).toBe(true);
    clock.advance(1);
    expect(elector.isLeader).toBe(false);
  });

  test.each(["1970-01-01T00:00:00.000000Z", "2999-01-01T00:00:00.000000Z", "nonsense"])(
    "of another machine is not trusted: a lease renewed at %s lasts its duration from when we saw it",
    async (renewTime) => {
      const election = new Election(["a"]);
      election.table.edit({ holderIdentity: "stranger", leaseDurationSeconds: 20, renewTime });
      election.startAll();
      const waited = await election.run(60_000, () => election.leaders.length > 0);
      expect(waited).toBeGreaterThanOrEqual(20_000);
      expect(waited).toBeLessThanOrEqual(23_000);
      await election.stopAll();
    },
  );

  test("begins anew with every renewal we see", async () => {
    const election = new Election(["a"]);
    election.table.edit({ holderIdentity: "stranger", leaseDurationSeconds: 15 });
    election.startAll();
    for (let renewal = 0; renewal < 5; renewal += 1) {
      await election.run(10_000);
      election.table.edit({ renewTime: String(renewal) });
    }
    expect(election.leaders).toEqual([]);
    expect(election.of("a").holder).toBe("stranger");
    await election.stopAll();
  });

  test("of a lease without a duration is our own duration", async () => {
    const election = new Election(["a"]);
    election.table.edit({ holderIdentity: "stranger" });
    election.startAll();
    expect(await election.run(60_000, () => election.leaders.length > 0)).toBeGreaterThanOrEqual(15_000);
    await election.stopAll();
  });

  test.each([
    { leaseDurationMs: 10_000, renewDeadlineMs: 10_000 },
    { renewDeadlineMs: 2_000, retryPeriodMs: 2_000 },
  ])("that cannot work is refused: %j", (times) => {
    expect(() => new Election([]).candidate("a", times)).toThrow(RangeError);
  });
});

describe("a leader", () => {
  test("whose answers are lost keeps its lease once it hears again", async () => {
    const election = new Election(["a", "b"]).startAll();
    await election.run(1_000);
    const { leaders } = election;
    election.table.setLink(leaders[0] ?? "", "deaf");
    await election.run(5_000);
    election.table.setLink(leaders[0] ?? "", "fine");
    expect(await election.run(10_000, () => election.leaders.length === 0)).toBe(10_000);
    expect(election.leaders).toEqual(leaders);
    await election.stopAll();
  });

  test("whose lease was given to another steps down with its next renewal", async () => {
    const election = new Election(["a"]).startAll();
    await election.run(1_000);
    election.table.edit({ holderIdentity: "chosen by hand" });
    expect(await election.run(5_000, () => election.leaders.length === 0)).toBeLessThanOrEqual(4_200);
    await election.stopAll();
    expect(election.table.lease?.spec?.holderIdentity).toBe("chosen by hand");
  });

  test("whose lease was deleted writes a new one and goes on", async () => {
    const election = new Election(["a"]).startAll();
    await election.run(1_000);
    election.table.lease = undefined;
    expect(await election.run(10_000, () => election.leaders.length === 0)).toBe(10_000);
    expect(election.table.lease).toMatchObject({ spec: { holderIdentity: "a", leaseTransitions: 0 } });
    await election.stopAll();
  });

  test("that comes back under its own name need not wait", async () => {
    const election = new Election(["a"]);
    election.table.edit({
      holderIdentity: "a",
      leaseDurationSeconds: 15,
      leaseTransitions: 4,
      acquireTime: "then",
    });
    election.startAll();
    await election.run(200);
    expect(election.leaders).toEqual(["a"]);
    expect(election.table.lease?.spec).toMatchObject({ leaseTransitions: 4, acquireTime: "then" });
    await election.stopAll();
  });

  test("tells why it has not got the lease, until it has", async () => {
    const election = new Election(["a"]);
    election.table.setLink("a", "hung");
    election.startAll();
    await election.run(6_000);
    expect(election.of("a").lastFailure).toMatchObject({ code: "timeout" });
    election.table.setLink("a", "fine");
    await election.run(6_000);
    expect(election.of("a").lastFailure).toBeUndefined();
    await election.stopAll();
  });

  test("tells when leadership begins and ends, and one listener's trouble is its own", async () => {
    const election = new Election(["a"]);
    const heard: string[] = [];
    election.of("a").subscribe(() => {
      throw new Error("listener trouble");
    });
    election
      .of("a")
      .subscribe((leading) => heard.push(`${leading} at ${Math.floor(election.clock.now() / 1000)} s`));
    const end = election.of("a").subscribe(() => heard.push("never"));
    end();
    election.startAll();
    await election.run(2_500);
    election.table.setLink("a", "hung");
    await election.run(12_000);
    expect(heard).toEqual(["true at 0 s", "false at 12 s"]);
    expect(election.log.at("error")).toHaveLength(2);
    // One warning for a whole outage.
    expect(election.log.at("warn")).toHaveLength(1);
    await election.stopAll();
  });

  test("stops within its limits although the API hangs", async () => {
    const election = new Election(["a"]).startAll();
    await election.run(1_000);
    election.table.setLink("a", "hung");
    let stopped = false;
    void election
      .of("a")
      .stop()
      .then(() => (stopped = true));
    expect(election.leaders).toEqual([]);
    expect(await election.run(5_000, () => stopped)).toBeLessThanOrEqual(505);
    expect(election.log.at("warn").at(-1)).toContain("could not be handed back");
    expect(election.table.lease?.spec?.holderIdentity).toBe("a");
  });
});

describe("over real HTTP", () => {
  /** Starts an elector and lets the time of one renewal pass: GET, POST and the first PATCH have been received. */
  async function electAndRenew(server: MisbehavingServer, transport: KubeTransport, clock: WatchfulClock) {
    const deps = {
      client: new KubeClient(transport),
      clock,
      random: seededRandom(1),
      log: new RecordingLog(),
    };
    const elector = new LeaseElector({ ...lease, identity: "a" }, deps);
    elector.start();
    await clock.pass((delay) => delay === 2_000);
    await server.until(() => server.requests.length === 3);
    return elector;
  }

  test("creates, renews against the version it knows, and hands back", async () => {
    const server = await MisbehavingServer.start();
    const clock = new WatchfulClock({ wallStart: "2026-01-01T00:00:00Z" });
    const transport = new KubeTransport(plainConnection(server.url), { clock });
    const stored = (resourceVersion: string) =>
      answer(200, { metadata: { resourceVersion }, spec: { holderIdentity: "a" } });
    server.onList(refuse(404, "NotFound"), stored("9")).onOther(stored("7"), stored("8"), stored("10"));
    const elector = await electAndRenew(server, transport, clock);
    await clock.armed((delay) => delay === 2_000);
    expect(elector.isLeader).toBe(true);
    await elector.stop();
    const path = "/apis/coordination.k8s.io/v1/namespaces/ns/leases";
    expect(server.requests.map((request) => `${request.method} ${request.path}`)).toEqual([
      `GET ${path}/lock`,
      `POST ${path}`,
      `PATCH ${path}/lock`,
      `GET ${path}/lock`,
      `PATCH ${path}/lock`,
    ]);
    expect(JSON.parse(server.requests[2]?.body ?? "")).toEqual({
      metadata: { resourceVersion: "7" },
      spec: { holderIdentity: "a", leaseDurationSeconds: 15, renewTime: "2026-01-01T00:00:02.000000Z" },
    });
    expect(JSON.parse(server.requests[4]?.body ?? "")).toMatchObject({
      metadata: { resourceVersion: "9" },
      spec: { holderIdentity: "" },
    });
    transport.close();
    await server.close();
  });

  test("a hung API deposes the leader at the renew deadline", async () => {
    const server = await MisbehavingServer.start();
    const clock = new WatchfulClock();
    const transport = new KubeTransport(plainConnection(server.url), { clock });
    server
      .onList(refuse(404, "NotFound"))
      .onOther(answer(201, { metadata: { resourceVersion: "7" }, spec: { holderIdentity: "a" } }), () => {});
    const elector = await electAndRenew(server, transport, clock);
    clock.advance(7_999);
    expect(elector.isLeader).toBe(true);
    clock.advance(1);
    expect(elector.isLeader).toBe(false);
    const stopping = elector.stop();
    await clock.pass((delay) => delay === 500);
    await stopping;
    transport.close();
    await server.close();
  });
});
