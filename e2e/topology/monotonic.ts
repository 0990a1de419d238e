/** Milliseconds of CLOCK_MONOTONIC with fractions: one clock for this process, the programs and the tools in C. */
export function monotonicMillis(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
