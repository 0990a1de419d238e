import { type Instant, type Millis } from "@steelyard/model/foundation";
import { type Condition } from "@steelyard/model/resources";
import { type AnnouncedVerdict } from "./announced-facts.ts";

/** Endpoints flap and reports go as others come: only what lasts is written. */
const standsAfterMs: Millis = 1_000;
/** The same trouble in other words, such as one more node that is not Ready. */
const rewordedAfterMs: Millis = 10_000;

/** What would be said if it lasts. */
export interface PendingVerdict {
  readonly what: string;
  readonly since: Instant;
}

export interface HeldDown {
  /** undefined = what is said stands. */
  readonly verdict: AnnouncedVerdict | undefined;
  readonly pending: PendingVerdict | undefined;
  /** When to look again although nothing has changed; undefined = there is no need. */
  readonly lookAgainAfterMs: Millis | undefined;
}

/**
 * Decides when a new verdict is written. At once what is the first word on these addresses, that somebody answers after
 * all, and what adds to the words before; everything else when it has stood for a moment. From True to anything else it
 * is enough that nobody answered all the while, for whatever changing reasons.
 *
 * @param isAboutOthers what is said is about other addresses than the verdict
 */
export function holdDown(
  {
    said,
    verdict,
    isAboutOthers,
  }: {
    readonly said: Condition | undefined;
    readonly verdict: AnnouncedVerdict | undefined;
    readonly isAboutOthers: boolean;
  },
  pending: PendingVerdict | undefined,
  now: Instant,
): HeldDown {
  if (verdict === undefined || said === undefined || isAboutOthers || mayBeSaidAtOnce(said, verdict))
    return { verdict, pending: undefined, lookAgainAfterMs: undefined };
  const isDark = said.status === "True" && verdict.status !== "True";
  const what = isDark ? "dark" : `${verdict.reason} ${verdict.message}`;
  const isReworded = said.reason === verdict.reason && verdict.status !== "True";
  const next = pending?.what === what ? pending : { what, since: now };
  const left = (isReworded ? rewordedAfterMs : standsAfterMs) - (now - next.since);
  return left > 0
    ? { verdict: undefined, pending: next, lookAgainAfterMs: left }
    : { verdict, pending: undefined, lookAgainAfterMs: undefined };
}

function mayBeSaidAtOnce(said: Condition, verdict: AnnouncedVerdict): boolean {
  const isGoodNews = verdict.status === "True" && said.status !== "True";
  const isAddition = said.reason === verdict.reason && verdict.message.startsWith(said.message);
  return isGoodNews || isAddition;
}
