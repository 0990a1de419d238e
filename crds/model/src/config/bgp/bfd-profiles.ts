import { DEFAULTS, LIMITS, type Limits } from "../defaults.ts";
import { type DraftSource } from "../drafts.ts";
import { type Findings } from "../findings.ts";
import { type ObjectHead } from "../object-head.ts";
import { fieldOf, readBoolean, readNumber, readObject, type RawField } from "../raw-fields.ts";
import { type BfdProfile } from "./types.ts";

export interface BfdProfileDraft {
  readonly source: DraftSource;
  readonly profile: BfdProfile;
}

/** Parses one BFDProfile (reference metallb.md, sections 1.5 and 2.6). */
export function readBfdProfile(head: ObjectHead, spec: RawField, findings: Findings): BfdProfileDraft {
  const fields = readObject(spec, findings);
  const { interval, multiplier, ttl } = LIMITS.bfd;
  const defaults = DEFAULTS.bfdProfile;
  const number = (key: string, limits: Limits, fallback: number): number =>
    readNumber(fieldOf(fields, key, spec.path), limits, findings) ?? fallback;
  const flag = (key: "echoMode" | "passiveMode"): boolean =>
    readBoolean(fieldOf(fields, key, spec.path), defaults[key], findings);
  const profile = {
    name: head.name,
    receiveIntervalMs: number("receiveInterval", interval, defaults.receiveIntervalMs),
    transmitIntervalMs: number("transmitInterval", interval, defaults.transmitIntervalMs),
    detectMultiplier: number("detectMultiplier", multiplier, defaults.detectMultiplier),
    echoIntervalMs: number("echoInterval", interval, defaults.echoIntervalMs),
    echoMode: flag("echoMode"),
    passiveMode: flag("passiveMode"),
    minimumTtl: number("minimumTtl", ttl, defaults.minimumTtl),
  };
  return { source: head, profile };
}
