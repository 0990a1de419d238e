import { type Millis } from "@steelyard/model/foundation";

/** Rule "suspicionTimeout" (util.go): grows with the digits of the number of nodes. */
export function suspicionTimeout(mult: number, nodes: number, interval: Millis): Millis {
  const scale = Math.max(1, Math.log10(Math.max(1, nodes)));
  // Cut to thousandths before it is multiplied, as there.
  return (mult * Math.floor(scale * 1000) * interval) / 1000;
}

/**
 * Rule "remainingSuspicionTime" (suspicion.go), without what has passed: from the greatest timeout down to the least, by
 * the logarithm of the confirmations. No confirmation wanted = the least.
 */
export function suspicionMillis(
  confirmations: number,
  wanted: number,
  bounds: { readonly minimumMillis: Millis; readonly maximumMillis: Millis },
): Millis {
  const { minimumMillis: minimum, maximumMillis: maximum } = bounds;
  if (wanted < 1) return minimum;
  const share = Math.log(confirmations + 1) / Math.log(wanted + 1);
  return Math.max(minimum, Math.floor(maximum - share * (maximum - minimum)));
}

/** Rule "retransmitLimit" (util.go): how often a broadcast is sent before it is done with. */
export function retransmitLimit(mult: number, nodes: number): number {
  return mult * Math.ceil(Math.log10(nodes + 1));
}

const TABLE_SCALE_THRESHOLD = 32;

/** Rule "pushPullScale" (util.go): the 33rd node doubles the interval, the 65th triples it. */
export function tableInterval(interval: Millis, nodes: number): Millis {
  if (nodes <= TABLE_SCALE_THRESHOLD) return interval;
  return (Math.ceil(Math.log2(nodes) - Math.log2(TABLE_SCALE_THRESHOLD)) + 1) * interval;
}

/** Rule "ApplyDelta" (awareness.go): never below 0, always below `limit`. */
export function applyAwareness(score: number, delta: number, limit: number): number {
  return Math.min(Math.max(score + delta, 0), limit - 1);
}
