import { type Instant, type Millis } from "@steelyard/model/foundation";
import { ANNOUNCED_BY_BGP, type Condition } from "@steelyard/model/resources";
import { type AnnouncedReason, type AnnouncedVerdict } from "./announced-facts.ts";

/** Endpoints flap and reports go as others come: only what lasts is written. */
const standsAfterMs: Millis = 1_000;
/**
 * What tells little: the same trouble in other words, such as one more node that is not Ready, or that no agent reports any
 * more although nothing keeps one from announcing; its successor may have many Services to report on.
 */
const tellsLittleAfterMs: Millis = 10_000;
/** Then it is told although it is another word each time: a router that refuses us in turns says now this, now that. */
const wordsAreOldAfterMs: Millis = 30_000;
/** Pods that start and fail in turn: what has just been good news is no news in the other direction. */
const flapsAfterMs: Millis = 30_000;
/** By then an agent has taken a new address in, and reports on it or no more. */
const reportsAreNewAfterMs: Millis = 2_000;
/** What is pending while the reports may still be about addresses that the Service had before. */
const newReports = "new reports";

/** What would be said if it lasts. */
export interface PendingVerdict {
  readonly what: string;
  readonly since: Instant;
  /** Since when anything else than what is said would be. */
  readonly differsSince: Instant;
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
 * @param hasOldReports agents report that they announce the Service, and it has just got an address they do not know: an
 *   agent that reads of it as announced would not ask the segment for it first
 * @param hasLooked a look at the pods is behind the verdict, which are looked at too seldom to wait for another one
 * @param isFresh what is said has changed its status within the last minute
 */
export function holdDown(
  {
    said,
    verdict,
    isAboutOthers,
    hasOldReports = false,
    hasLooked = false,
    isFresh = false,
  }: {
    readonly said: Condition | undefined;
    readonly verdict: AnnouncedVerdict | undefined;
    readonly isAboutOthers: boolean;
    readonly hasOldReports?: boolean;
    readonly hasLooked?: boolean;
    readonly isFresh?: boolean;
  },
  pending: PendingVerdict | undefined,
  now: Instant,
): HeldDown {
  if (hasOldReports)
    return {
      verdict,
      pending: { what: newReports, since: now, differsSince: now },
      lookAgainAfterMs: reportsAreNewAfterMs,
    };
  const leftForReports = pending?.what === newReports ? reportsAreNewAfterMs - (now - pending.since) : 0;
  if (verdict?.status === "True" && leftForReports > 0)
    return { verdict: undefined, pending, lookAgainAfterMs: leftForReports };
  if (
    verdict === undefined ||
    said === undefined ||
    isAboutOthers ||
    mayBeSaidAtOnce(said, verdict, hasLooked)
  )
    return { verdict, pending: undefined, lookAgainAfterMs: undefined };
  const isDark = said.status === "True" && verdict.status !== "True";
  const what = isDark ? "dark" : `${verdict.reason} ${verdict.message}`;
  const isReworded =
    said.reason === verdict.reason && (verdict.status !== "True" || isOfRoutes(said, verdict));
  const tellsLittle = isReworded || (isDark && passingSilence.includes(verdict.reason));
  const differsSince = pending?.differsSince ?? now;
  const next = pending?.what === what ? pending : { what, since: now, differsSince };
  const isFlap = isDark && isFresh && flapping.includes(verdict.reason);
  const stands =
    (isFlap ? flapsAfterMs : tellsLittle ? tellsLittleAfterMs : standsAfterMs) - (now - next.since);
  const isOldTrouble = isReworded && verdict.status !== "True";
  const left = isOldTrouble ? Math.min(stands, wordsAreOldAfterMs - (now - differsSince)) : stands;
  return left > 0
    ? { verdict: undefined, pending: next, lookAgainAfterMs: left }
    : { verdict, pending: undefined, lookAgainAfterMs: undefined };
}

/** A control plane that comes back takes all nodes for lost at first; agents and routers that restart are back soon. */
const passingSilence: readonly AnnouncedReason[] = [
  "AwaitingAgent",
  "NodeNotReady",
  "AgentNotReady",
  "SessionDown",
];

const flapping: readonly AnnouncedReason[] = ["NoEndpoint", "NoReadyEndpoint", "SessionDown"];

/** What layer 2 does is the same: nodes and routers that come and go one by one are no news of each Service. */
function isOfRoutes(said: Condition, { reason, message }: AnnouncedVerdict): boolean {
  const [first] = message.split("; ");
  return reason === ANNOUNCED_BY_BGP || said.message.split("; ")[0] === first;
}

function mayBeSaidAtOnce(said: Condition, verdict: AnnouncedVerdict, hasLooked: boolean): boolean {
  const isGoodNews = verdict.status === "True" && said.status !== "True";
  const isOfMoreRoutes = verdict.status === "True" && said.message.includes(" by BGP ");
  const isAddition =
    said.reason === verdict.reason &&
    (hasLooked || (verdict.message.startsWith(said.message) && !isOfMoreRoutes));
  return isGoodNews || isAddition;
}
