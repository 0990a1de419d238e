import { describe, expect, test } from "@jest/globals";
import { ManualClock } from "@steelyard/model/testing";
import { BurstOutput } from "./burst-output.ts";
import { createLog } from "./log.ts";

function bench() {
  const written: string[] = [];
  const clock = new ManualClock();
  const out = new BurstOutput({ write: (text) => void written.push(text) }, { clock });
  const log = createLog({ level: "info", component: "test" }, { out, timestamp: () => "t" });
  /** The messages of each piece of output. */
  const pieces = (): string[][] =>
    written.map((text) =>
      text
        .trimEnd()
        .split("\n")
        .map((line) => (JSON.parse(line) as { msg: string }).msg),
    );
  return { clock, out, log, pieces };
}

describe("BurstOutput", () => {
  test("puts the lines of a burst out together", () => {
    const { clock, log, pieces } = bench();
    for (const word of ["a", "b", "c"]) log.info({}, word);
    expect(pieces()).toEqual([]);
    clock.advance(50);
    expect(pieces()).toEqual([["a", "b", "c"]]);
    log.info({}, "d");
    clock.advance(50);
    expect(pieces()).toEqual([["a", "b", "c"], ["d"]]);
  });

  test("puts trouble out at once, after what waits before it", () => {
    const { log, pieces } = bench();
    log.info({}, "a");
    log.warn({}, "b");
    expect(pieces()).toEqual([["a", "b"]]);
  });

  test("lets no more wait than fits into 16 KiB", () => {
    const { log, pieces } = bench();
    const long = "x".repeat(9_000);
    log.info({}, long);
    log.info({}, long);
    expect(pieces()).toEqual([[long, long]]);
  });

  test("puts out at the end what still waits, once", () => {
    const { clock, out, log, pieces } = bench();
    log.info({}, "a");
    out.flush();
    clock.advance(50);
    expect(pieces()).toEqual([["a"]]);
  });
});
