import { type Verb } from "../http/route.ts";

/** What goes wrong. */
export type FaultEffect =
  /** The connection breaks with a TCP reset before anything is done. */
  | { readonly fault: "reset" }
  /** The request is carried out, but its answer never arrives: the connection breaks. */
  | { readonly fault: "lost-answer" }
  /** 410 Gone: as the HTTP status, or for a watch with `inStream` as an ERROR event. */
  | { readonly fault: "gone"; readonly inStream?: boolean }
  /** 429 with a Retry-After header. */
  | { readonly fault: "too-many-requests"; readonly retryAfterSeconds?: number }
  /** A Status failure of any code, 500 unless told otherwise. */
  | { readonly fault: "error"; readonly code?: number; readonly reason?: string }
  /** Nothing is answered while the connection stays; a watch gets its head and then nothing. */
  | { readonly fault: "silence" }
  /** The answer comes later. */
  | { readonly fault: "slow"; readonly delayMillis: number };

/** Which requests a fault meets; what is left out matches everything. */
export interface FaultScope {
  readonly verbs?: readonly Verb[];
  /** Plural, with the group behind a dot where there is one: `services`, `ipaddresspools.metallb.io`. */
  readonly resources?: readonly string[];
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** A part of the User-Agent header. */
  readonly userAgent?: string;
  /** How many requests the fault meets before it is over; without limit when left out. */
  readonly times?: number;
}

export type FaultRule = FaultEffect & FaultScope;
