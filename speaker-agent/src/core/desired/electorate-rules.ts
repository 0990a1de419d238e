import { type ElectorateRules } from "@steelyard/model/services";
import { type AnnouncingOptions } from "./types.ts";

const known = new WeakMap<AnnouncingOptions, ElectorateRules>();

/** What the options say of nodes; the same object for the same options. */
export function electorateRules(options: AnnouncingOptions): ElectorateRules {
  const rules = known.get(options) ?? {
    ignoreExcludeLabel: options.ignoreExcludeLb,
    withdrawOnTaints: options.withdrawOnTaints,
    unreadyMayAnnounce: options.membership,
    strictExclusion: options.strictExcludeLb,
  };
  known.set(options, rules);
  return rules;
}
