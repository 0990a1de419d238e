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
    // Longer than setTimeout can: without the cut it would fire at once.
    const cancelFar = systemClock.after(2 ** 40, () => order.push("far"));
    await new Promise<void>((resolve) => systemClock.after(-5, () => (order.push("now"), resolve())));
    await new Promise<void>((resolve) => systemClock.after(5, resolve));
    cancelFar();
    expect(order).toEqual(["now"]);
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
