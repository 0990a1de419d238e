import { parseGoDuration } from "../../resources/go-duration.ts";
import { LIMITS } from "../defaults.ts";
import { type Findings } from "../findings.ts";
import { readText, type RawField } from "../raw-fields.ts";
import { type BgpTimers } from "./types.ts";

const NANOS_PER_SECOND = 1_000_000_000n;
const NANOS_PER_MILLI = 1_000_000n;
/** Three signs of life fit into the hold time (RFC 4271, section 4.4). */
const KEEPALIVES_PER_HOLD_TIME = 3n;

/** One timer follows from the other; none of them leaves both to the speaker (reference metallb.md, section 2.3). */
export function readTimers(hold: RawField, keepalive: RawField, findings: Findings): BgpTimers | undefined {
  const holdNanos = readDuration(hold, findings);
  const keepaliveNanos = readDuration(keepalive, findings);
  const holdTime =
    holdNanos ?? (keepaliveNanos === undefined ? undefined : keepaliveNanos * KEEPALIVES_PER_HOLD_TIME);
  if (holdTime === undefined) return undefined;
  const interval = keepaliveNanos ?? holdTime / KEEPALIVES_PER_HOLD_TIME;
  refuseTimers(
    { holdTime, interval },
    { hold: holdNanos === undefined ? keepalive : hold, keepalive },
    findings,
  );
  return {
    holdTimeSeconds: Number(holdTime / NANOS_PER_SECOND),
    keepaliveMs: Number(interval / NANOS_PER_MILLI),
  };
}

/** Whole seconds (the schema's rule for v1beta2, which an object from before it need not follow). */
export function readConnectTime(field: RawField, findings: Findings): number | undefined {
  const nanos = readDuration(field, findings);
  if (nanos === undefined) return undefined;
  const { lowest, highest } = LIMITS.bgpPeer.connectTime;
  if (nanos % NANOS_PER_SECOND !== 0n) {
    findings.refuse(field.path, "connect time should contain a whole number of seconds");
  } else if (nanos < BigInt(lowest) * NANOS_PER_SECOND || nanos > BigInt(highest) * NANOS_PER_SECOND) {
    findings.refuse(field.path, `connect time should be between ${lowest} seconds to ${highest}`);
  }
  return Number(nanos / NANOS_PER_SECOND);
}

/** In nanoseconds, as Go counts. */
function readDuration(field: RawField, findings: Findings): bigint | undefined {
  const text = readText(field, findings);
  if (text === undefined) return undefined;
  const nanos = parseGoDuration(text);
  if (nanos !== undefined) return nanos;
  findings.refuse(field.path, `invalid duration ${JSON.stringify(text)}: a number and a unit, such as 90s`);
  return undefined;
}

/** `fields.hold` is where the hold time comes from. */
function refuseTimers(
  { holdTime, interval }: { readonly holdTime: bigint; readonly interval: bigint },
  fields: { readonly hold: RawField; readonly keepalive: RawField },
  findings: Findings,
): void {
  const { lowest, highest } = LIMITS.bgpPeer.holdTime;
  const seconds = holdTime / NANOS_PER_SECOND;
  if (seconds !== 0n && (seconds < BigInt(lowest) || seconds > BigInt(highest))) {
    const limits = `must be 0 or from ${lowest} to ${highest} seconds`;
    findings.refuse(fields.hold.path, `invalid hold time "${seconds}s": ${limits}`);
  }
  if (interval > holdTime || interval < 0n) {
    const message = "invalid keepaliveTime, must be lower than holdTime and not negative";
    findings.refuse(fields.keepalive.path, message);
  }
}
