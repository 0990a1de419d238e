/** One measured figure, and whether it reaches its goal; `met` is undefined where there is no goal. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly goal?: string;
  readonly met?: boolean;
  /** Why it could not be measured here. */
  readonly missing?: string;
}

export function withGoal(name: string, value: string, goal: string, met: boolean): Figure {
  return { name, value, goal, met };
}

/** Said loudly: a figure that nobody took must not be mistaken for one that is fine. */
export function notMeasured(name: string, because: string): Figure {
  return { name, value: "-", missing: because };
}

export function printFigures(figures: readonly Figure[]): void {
  for (const figure of figures) {
    const { name, value, goal = "" } = figure;
    console.log(
      [name.padEnd(58), value.padStart(24), goal.padStart(22), verdictOn(figure)].join("  ").trimEnd(),
    );
  }
}

function verdictOn({ met, missing }: Figure): string {
  if (missing !== undefined) return `NOT MEASURED: ${missing}`;
  if (met === undefined) return "";
  return met ? "met" : "MISSED";
}

/** The middle value; of an even count the lower one. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}
