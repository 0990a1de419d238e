import { describe, expect, test } from "@jest/globals";
import { type Leadership } from "./leadership.ts";

export interface LeadershipHarness {
  readonly leadership: Leadership;
  /** Make it win, or lose; it has happened when the promise resolves. */
  readonly give: () => Promise<void>;
  readonly take: () => Promise<void>;
  readonly turn: () => Promise<void>;
}

/** What every Leadership has to do, however the leader is found. A harness begins as a follower. */
export function leadershipContract(name: string, makeHarness: () => LeadershipHarness): void {
  describe(`${name} as a Leadership`, () => {
    function rig() {
      const harness = makeHarness();
      const seen: string[] = [];
      const stop = new AbortController();
      const running = harness.leadership.run(async (signal) => {
        seen.push(harness.leadership.isLeader() ? "begins as leader" : "begins");
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
        seen.push("ends");
      }, stop.signal);
      const end = async (): Promise<void> => {
        stop.abort();
        await running;
      };
      return { ...harness, seen, end };
    }

    test("runs a term for as long as it leads, and another one later", async () => {
      const { leadership, seen, end, give, take, turn } = rig();
      await turn();
      expect([leadership.isLeader(), seen]).toEqual([false, []]);
      await give();
      await turn();
      expect([leadership.isLeader(), seen]).toEqual([true, ["begins as leader"]]);
      await take();
      await turn();
      expect([leadership.isLeader(), seen]).toEqual([false, ["begins as leader", "ends"]]);
      await give();
      await turn();
      expect(seen).toHaveLength(3);
      await end();
    });

    test("ends the term before it ends itself, and leads no more", async () => {
      const { leadership, seen, end, give, turn } = rig();
      await give();
      await turn();
      await end();
      expect([leadership.isLeader(), seen]).toEqual([false, ["begins as leader", "ends"]]);
    });

    test("ends without a term when it never led", async () => {
      const { seen, end, turn } = rig();
      await turn();
      await end();
      expect(seen).toEqual([]);
    });

    test("passes on what a term failed of", async () => {
      const { leadership, give } = makeHarness();
      const running = leadership.run(
        () => Promise.reject(new Error("the term failed")),
        new AbortController().signal,
      );
      const failed = expect(running).rejects.toThrow("the term failed");
      await give();
      await failed;
    });
  });
}
