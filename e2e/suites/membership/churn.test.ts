import { afterEach, expect, test } from "@jest/globals";
import { setTimeout as pause } from "node:timers/promises";
import { deadline } from "../../topology/eventually.ts";
import { describeRing, type NodeKind, Ring, type RingNode } from "./ring.ts";

const NODES = 8;
const CHURN_MILLIS = 20_000;
const FEWEST_RUNNING = 3;
const KEY = "33".repeat(32);

const kindOf = (number: number): NodeKind => (number % 2 === 0 ? "ours" : "genuine");
const numbers = Array.from({ length: NODES }, (_, index) => index + 1);

describeRing("a mixed ring whose nodes come and go", () => {
  const ring = new Ring({ keys: [KEY], speed: 5 });
  const running = new Map<number, RingNode>();
  let lives = 0;
  afterEach(() => ring.end());

  async function start(number: number): Promise<void> {
    const join = numbers.filter((other) => other !== number);
    lives += 1;
    running.set(number, await ring.start(number, kindOf(number), { join, meta: `life ${lives}` }));
  }

  async function leave(number: number, node: RingNode): Promise<void> {
    node.tell({ do: "leave" });
    await node.until("its goodbye", () => node.program.lines.some((line) => line["is"] === "left"));
    await stop(number, node);
  }

  async function stop(number: number, node: RingNode): Promise<void> {
    running.delete(number);
    await node.kill();
  }

  /** One thing that happens to the ring; `choice` is the same in every run, when it happens is not. */
  async function disturb(choice: number): Promise<void> {
    const number = (choice % NODES) + 1;
    const node = running.get(number);
    if (node === undefined) await start(number);
    else if (running.size <= FEWEST_RUNNING) node.tell({ do: "meta", text: `thought ${choice}` });
    else if (choice % 3 === 0) await leave(number, node);
    else if (choice % 3 === 1) await stop(number, node);
    else node.tell({ do: "meta", text: `thought ${choice}` });
  }

  test("ends in one ring that agrees on everybody, after twenty seconds of it", async () => {
    for (const number of numbers) await start(number);
    await ring.untilAllSee(Object.fromEntries(numbers.map((number) => [`node${number}`, "alive"])));
    const end = deadline(CHURN_MILLIS);
    let [choice, disturbances] = [1, 0];
    for (; !end.passed; disturbances++) {
      choice = (choice * 75 + 74) % 65_537;
      await disturb(choice);
      await pause(150 + (choice % 400));
    }
    for (const number of numbers.filter((one) => !running.has(one))) await start(number);
    const nodes = [...running.values()];
    await ring.untilAllSee(Object.fromEntries(numbers.map((number) => [`node${number}`, "alive"])), {
      among: nodes,
      withinMillis: 30_000,
    });
    for (const node of nodes) node.tell({ do: "meta", text: `${node.name} at the end` });
    const [first, ...others] = nodes.filter(({ kind }) => kind === "ours");
    for (const node of others) first?.tell({ do: "send", to: node.name, text: "are you there?" });
    for (const node of nodes) {
      for (const other of nodes)
        await node.until(
          `the last meta of ${other.name}`,
          () => node.member(other.name)?.meta === `${other.name} at the end`,
        );
    }
    for (const node of others)
      await node.until("the question", () => node.said("message").includes("are you there?"));
    console.log(`${disturbances} disturbances, ${lives} lives of ${NODES} nodes`);
    expect(lives).toBeGreaterThan(2 * NODES);
  }, 120_000);
});
