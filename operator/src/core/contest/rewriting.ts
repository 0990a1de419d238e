import { type Instant, instantAfter } from "@steelyard/model/foundation";
import { type ContestedField } from "./contested-field.ts";
import {
  CALM_AFTER,
  type ContestEffect,
  type LastWrite,
  RESTORE_SPACING,
  type Rewriting,
  TOLERATED_TIMES,
} from "./types.ts";

interface Step {
  readonly rewriting: Rewriting;
  readonly effects: readonly ContestEffect[];
}

type Contested = Extract<Rewriting, { readonly at: "contested" }>;

/** What we wrote was undone by somebody. */
export function rewritten(rewriting: Rewriting, field: ContestedField, now: Instant): Step {
  if (rewriting.at === "contested") return { rewriting: { ...rewriting, lastRewriteAt: now }, effects: [] };
  const rewrites = [...recent(rewriting.rewrites, now), now];
  if (rewrites.length <= TOLERATED_TIMES) return { rewriting: { at: "calm", rewrites }, effects: [] };
  return {
    // The first restoring write is due at once: it tells the user and gives the agents the addresses.
    rewriting: {
      at: "contested",
      rival: { is: "sought", field },
      restores: 0,
      writeNotBefore: now,
      lastRewriteAt: now,
    },
    effects: [{ kind: "identify-rival", field }, { kind: "transition" }],
  };
}

/** A contest that began before our time: what it has to wait for is not known, so it waits as after a first write. */
export function rewritingToldBefore(now: Instant): Rewriting {
  return {
    at: "contested",
    rival: { is: "told-before" },
    restores: 1,
    writeNotBefore: instantAfter(now, spacingAfter(1)),
    lastRewriteAt: now,
  };
}

/** We have written, so the next write has to wait. */
export function spaced(rewriting: Rewriting, now: Instant): Rewriting {
  if (rewriting.at === "calm") return rewriting;
  const restores = rewriting.restores + 1;
  return { ...rewriting, restores, writeNotBefore: instantAfter(now, spacingAfter(restores)) };
}

/** Ends a contest in which what we wrote has stood for long enough, or in which nothing more was to be written. */
export function calmedDown(rewriting: Rewriting, lastWrite: LastWrite | undefined, now: Instant): Step {
  if (rewriting.at === "calm" || now < calmAt(rewriting, lastWrite)) return { rewriting, effects: [] };
  return { rewriting: { at: "calm", rewrites: [] }, effects: [{ kind: "transition" }] };
}

/** When something changes by time alone; undefined = never. */
export function rewritingDue(
  rewriting: Rewriting,
  lastWrite: LastWrite | undefined,
  now: Instant,
): Instant | undefined {
  if (rewriting.at === "calm") return undefined;
  return now < rewriting.writeNotBefore ? rewriting.writeNotBefore : calmAt(rewriting, lastWrite);
}

export function isForgotten(rewriting: Rewriting, now: Instant): boolean {
  return rewriting.at === "calm" && recent(rewriting.rewrites, now).length === 0;
}

function calmAt({ lastRewriteAt, writeNotBefore }: Contested, lastWrite: LastWrite | undefined): Instant {
  const restorable = lastWrite?.isUndone === false ? lastRewriteAt : writeNotBefore;
  return instantAfter(later(later(lastRewriteAt, restorable), lastWrite?.at ?? lastRewriteAt), CALM_AFTER);
}

function later(a: Instant, b: Instant): Instant {
  return a > b ? a : b;
}

function recent(rewrites: readonly Instant[], now: Instant): readonly Instant[] {
  return rewrites.filter((at) => now - at < CALM_AFTER);
}

function spacingAfter(restores: number): number {
  return RESTORE_SPACING[Math.min(restores, RESTORE_SPACING.length) - 1] ?? 0;
}
