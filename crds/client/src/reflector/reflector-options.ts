import { type Clock, type Millis, type Random } from "@steelyard/model/foundation";
import { type BackoffOptions } from "../backoff.ts";
import { type LogSink } from "../log-sink.ts";
import { type ResourceType } from "../resource-types.ts";
import { type KubeTransport } from "../transport/kube-transport.ts";
import { type ListSelection } from "./list.ts";

export interface ReflectorOptions<T> extends ListSelection {
  readonly type: ResourceType<unknown>;
  /** Builds a new, small object out of the raw one, of which nothing may be kept: that is what makes memory small. */
  readonly project: (raw: unknown) => T;
  /**
   * `streaming` asks for the existing objects through the watch itself (WatchList), which spares the API server the
   * page-wise reading; a server that cannot do it is noticed, and pages are used. `paged` unless said otherwise.
   */
  readonly initialList?: "paged" | "streaming";
  /** Objects per page; 500 unless said otherwise. */
  readonly pageSize?: number;
  readonly timing?: Partial<ReflectorTiming>;
}

export interface ReflectorTiming {
  readonly backoff: BackoffOptions;
  /** A watch without a single byte for this long is dead: bookmarks come about once a minute. */
  readonly idleLimitMs: Millis;
  /** A streaming list that has not said by then that it is complete comes from a server that does not know it. */
  readonly initialEventsLimitMs: Millis;
}

export interface ReflectorDeps {
  readonly transport: Pick<KubeTransport, "request" | "stream">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LogSink;
}

export const usualTiming: ReflectorTiming = {
  backoff: { firstMs: 400, longestMs: 30_000 },
  idleLimitMs: 90_000,
  initialEventsLimitMs: 60_000,
};
