/** One measured figure, and whether it reaches its goal; `met` is undefined where there is no goal. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly goal?: string;
  readonly met?: boolean;
}

export function printFigures(figures: readonly Figure[]): void {
  for (const figure of figures) {
    const verdict = figure.met === undefined ? "" : figure.met ? "met" : "MISSED";
    console.log(
      [figure.name.padEnd(52), figure.value.padStart(12), (figure.goal ?? "").padStart(22), verdict]
        .join("  ")
        .trimEnd(),
    );
  }
}

/** The middle value; of an even count the lower one. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}
