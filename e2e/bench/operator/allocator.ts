import { runBenchProgram } from "../bench-program.ts";
import { type Figure, withGoal } from "../figure.ts";

/** One line that dist/allocator-bench.mjs prints. */
interface Line {
  readonly name: string;
  readonly micros?: number;
  readonly millis?: number;
  readonly isBaseline?: boolean;
  readonly goalMillis?: number;
}

/** One among a hundred thousand may cost so much more than one among ten: binary searches take a few steps more. */
const flat = 3;

/** The allocator by itself, in a process of its own. */
export async function measureAllocator(): Promise<Figure[]> {
  const lines = await runBenchProgram<Line>("allocator-bench.mjs");
  const baseline = lines.find(({ isBaseline }) => isBaseline === true)?.micros ?? Number.NaN;
  return lines.map((line) => figureOf(line, baseline));
}

function figureOf({ name, micros, millis, isBaseline, goalMillis }: Line, baseline: number): Figure {
  if (millis !== undefined) {
    const value = `${(millis / 1000).toFixed(2)} s`;
    if (goalMillis === undefined) return { name, value };
    return withGoal(name, value, `< ${goalMillis / 1000} s`, millis < goalMillis);
  }
  const cost = micros ?? Number.NaN;
  const value = `${cost.toFixed(1)} µs`;
  if (isBaseline === true) return { name, value };
  return withGoal(name, value, `≤ ${flat} x that of 10 held`, cost <= flat * baseline);
}
