import { type ManualClock } from "@steelyard/model/testing";

/** Lets every promise that can settle without the clock do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}

/** Moves the clock in small steps, so that promises and timers can take turns as they do in a running program. */
export async function advance(clock: ManualClock, millis: number): Promise<void> {
  await settle();
  const step = Math.max(10, millis / 500);
  for (let passed = 0; passed < millis; passed += step) {
    clock.advance(Math.min(step, millis - passed));
    await settle();
  }
  if (millis === 0) {
    clock.advance(0);
    await settle();
  }
}
