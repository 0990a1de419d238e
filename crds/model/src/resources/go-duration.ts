const NANOSECONDS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const PART = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/y;

/** What fits into the 64 bits of a Go duration: a little over 292 years. */
const LIMIT = 2n ** 63n;

/**
 * Reads a duration in Go's notation, such as "90s", "1h30m" or "1.5s"; undefined if it is none.
 *
 * @returns nanoseconds, truncated towards zero
 */
export function parseGoDuration(text: string): bigint | undefined {
  const [, sign, parts = ""] = /^([-+]?)(.*)$/s.exec(text) ?? [];
  const length = parts === "0" ? 0n : sumOfParts(parts);
  if (length === undefined) return undefined;
  const signed = sign === "-" ? -length : length;
  return signed < -LIMIT || signed >= LIMIT ? undefined : signed;
}

function sumOfParts(text: string): bigint | undefined {
  let sum = 0n;
  let position = 0;
  do {
    PART.lastIndex = position;
    const match = PART.exec(text);
    const [, whole = "", fraction = "", unit = ""] = match ?? [];
    // A part such as ".s" has a unit and no digit at all.
    if (!match || whole + fraction === "") return undefined;
    const scale = NANOSECONDS[unit] ?? 0n;
    sum += BigInt(whole || "0") * scale + (BigInt(fraction || "0") * scale) / 10n ** BigInt(fraction.length);
    position = PART.lastIndex;
  } while (position < text.length);
  return sum;
}
