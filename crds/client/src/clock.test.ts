import { describe, expect, test } from "@jest/globals";
import { systemClock, systemRandom } from "./clock.ts";

describe("the system's clock", () => {
  test("tells the wall time as MicroTime wants it", () => {
    expect(systemClock.timestamp()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  });

  test("never goes back", () => {
    const first = systemClock.now();
    expect(systemClock.now()).toBeGreaterThanOrEqual(first);
  });

  test("runs a timer once, unless it was cancelled, and takes any delay", async () => {
    const order: string[] = [];
    const cancels = [2 ** 40, 3].map((delay) => systemClock.after(delay, () => order.push("cancelled")));
    for (const cancel of cancels) cancel();
    // Longer than setTimeout can: handed on as it is, it would fire at once.
    const cancelFar = systemClock.after(2 ** 40, () => order.push("far"));
    await new Promise<void>((resolve) => systemClock.after(-5, () => (order.push("now"), resolve())));
    await new Promise<void>((resolve) => systemClock.after(5, resolve));
    cancelFar();
    expect(order).toEqual(["now"]);
  });
});

describe("a timer of the system's clock", () => {
  test("finds that its time has come, also when it was set late in a turn", async () => {
    const early = await Promise.all(
      Array.from({ length: 40 }, (_, index) => {
        const delay = 3 + index / 7;
        const due = systemClock.now() + delay;
        const fired = new Promise<number>((resolve) =>
          systemClock.after(delay, () => resolve(due - systemClock.now())),
        );
        const turnEnds = systemClock.now() + 0.3;
        while (systemClock.now() < turnEnds);
        return fired;
      }),
    );
    expect(early.filter((millis) => millis > 0)).toEqual([]);
  });
});

describe("the system's chance", () => {
  test("stays within [0, 1)", () => {
    for (let count = 0; count < 100; count += 1) {
      const drawn = systemRandom.fraction();
      expect(drawn >= 0 && drawn < 1).toBe(true);
    }
  });
});
