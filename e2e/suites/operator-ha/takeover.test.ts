import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { monotonicMillis } from "../../topology/monotonic.ts";
import { describeNetwork } from "../../topology/describe-network.ts";
import { eventually } from "../../topology/eventually.ts";
import { OperatorGroup, type Replica } from "./operator-group.ts";

/** The Lease's own times: 15 s from the last renewal that was seen, at a look every 2 to 2.4 s; and some for the machine. */
const expiryMillis = 15_000 + 2_400 + 2_600;

describeNetwork("two operators", () => {
  let group: OperatorGroup;
  let first: Replica;
  let second: Replica;

  beforeEach(async () => {
    group = await OperatorGroup.create();
    first = await group.start("first");
    await group.createServices("held", 20);
    await group.untilAllServed();
    second = await group.start("second");
    // Statuses that follow the addresses have been written as well.
    await untilQuiet();
  });
  afterEach(() => group.end());

  async function untilQuiet(): Promise<void> {
    const written = (): number =>
      first.link.writes.filter(({ request }) => !request.includes("/leases/")).length;
    const isQuiet = async (): Promise<boolean> => {
      const before = written();
      await pause(1_000);
      return written() === before;
    };
    await eventually("a second without a write", isQuiet, 20_000);
  }

  /** Milliseconds until the second one serves; nobody may have written to a satisfied Service for it. */
  async function takenOver(how: string, act: () => void | Promise<void>): Promise<number> {
    const before = await group.addresses();
    const began = monotonicMillis();
    await act();
    await group.untilServing(second);
    const took = monotonicMillis() - began;
    console.info(`takeover, ${how}: ${(took / 1000).toFixed(1)} s`);
    await pause(1_000);
    expect(second.link.statusWritesSince(began)).toEqual([]);
    expect(await group.addresses()).toEqual(before);
    return took;
  }

  async function expectServes(prefix: string): Promise<void> {
    await group.createServices(prefix, 3);
    await group.untilAllServed(5_000);
  }

  test("hand over in order when the leader is asked to end", async () => {
    const took = await takenOver("SIGTERM", async () => void (await first.program.stop()));
    expect(took).toBeLessThan(5_000);
    await expectServes("late");
  });

  test("survive the death of the leader", async () => {
    const took = await takenOver("SIGKILL", async () => void (await first.program.stop("SIGKILL")));
    expect(took).toBeLessThan(expiryMillis);
    await expectServes("late");
  });

  test("never lead both when the way of one is cut, and the cut-off one stands by when it is back", async () => {
    const took = await takenOver("API access lost", () => first.link.cut());
    expect(took).toBeLessThan(expiryMillis);
    expect(first.program.lines.some((line) => line["msg"] === "no longer leading")).toBe(true);
    const mended = monotonicMillis();
    first.link.mend();
    await first.program.line((line) => line["msg"] === "standing by, another one leads");
    await expectServes("late");
    expect(first.link.statusWritesSince(mended)).toEqual([]);
  });

  test("a leader that was frozen for longer than its Lease writes nothing when it wakes, whatever waits", async () => {
    const took = await takenOver("SIGSTOP", () => void first.program.process.kill("SIGSTOP"));
    expect(took).toBeLessThan(expiryMillis);
    // The new leader is frozen too, for less than its Lease, so that there is something to be tempted by.
    second.program.process.kill("SIGSTOP");
    await group.createServices("tempting", 10);
    const woken = monotonicMillis();
    first.program.process.kill("SIGCONT");
    await first.program.line((line) => line["msg"] === "no longer leading");
    await pause(3_000);
    expect(first.link.statusWritesSince(woken)).toEqual([]);
    second.program.process.kill("SIGCONT");
    await group.untilAllServed(5_000);
    expect(first.link.statusWritesSince(woken)).toEqual([]);
    expect(second.link.statusWritesSince(woken).length).toBeGreaterThan(0);
  });
});
