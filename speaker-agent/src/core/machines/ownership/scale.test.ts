import { expect, test } from "@jest/globals";
import { measureScale } from "./testing/scale.ts";

/** Of this process alone: the suite shares its machine. */
const clock = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

test("1 000 nodes and 10 000 addresses", () => {
  const figures = measureScale({ nodes: 1000, addresses: 10_000, clock });
  // A lost node moves its own addresses, and none when it is back.
  expect(figures.lost).toBeGreaterThan(0);
  expect(figures).toMatchObject({ moved: figures.lost, movedWithoutNeed: 0, movedOnReturn: 0 });
  // Limits that a step which grew with nodes times addresses would miss by far, on any machine.
  expect(figures.electAllMillis).toBeLessThan(2000);
  expect(figures.loseNodeMillis).toBeLessThan(300);
  expect(figures.returnMillis).toBeLessThan(300);
  expect(figures.claimMillis).toBeLessThan(5);
  expect(figures.snapshotMillis).toBeLessThan(200);
  expect(figures.stateBytes).toBeLessThan(150_000);
});
