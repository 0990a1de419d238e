import { type ElectionSnapshot } from "../core/election/types.ts";
import { type RingConfiguration } from "./netio-options.ts";
import { type NetioReport, type OwnerMove } from "./netio-report.ts";
import { type BfdChange, type RouterSight, type RouterWatch } from "./router-watch.ts";

/** What the main thread posts to the netio worker. Plain data: it crosses by structured clone. */
export type MessageToWorker =
  | { readonly kind: "announce"; readonly snapshot: ElectionSnapshot }
  | { readonly kind: "ring"; readonly ring: RingConfiguration }
  | { readonly kind: "routers"; readonly watch: RouterWatch }
  /** Give all addresses away; answered by `drained`. */
  | { readonly kind: "drain" }
  /** Close everything; the worker then ends by itself. */
  | { readonly kind: "stop" };

/** What the netio worker posts back. */
export type MessageFromWorker =
  | { readonly kind: "report"; readonly report: NetioReport }
  | { readonly kind: "moved"; readonly move: OwnerMove }
  | { readonly kind: "bfd-change"; readonly change: BfdChange }
  | { readonly kind: "router-sight"; readonly sight: RouterSight }
  /** Nothing is gained by waiting longer; what nobody has taken over is still announced. */
  | { readonly kind: "drained" }
  /** A line for the log, which the main thread writes: two writers would tear lines apart. */
  | {
      readonly kind: "log";
      readonly level: "debug" | "info" | "warn" | "error";
      readonly fields: Readonly<Record<string, unknown>>;
      readonly message: string;
    };
