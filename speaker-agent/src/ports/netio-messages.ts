import { type RankedSnapshot } from "../core/election/ranked-announcement.ts";
import { type WorkerReport } from "../core/machines/announcer/types.ts";

/** What the main thread posts to the netio worker. Plain data: it crosses by structured clone. */
export type MessageToWorker =
  | { readonly kind: "announce"; readonly snapshot: RankedSnapshot }
  /** Close everything; the worker then ends by itself. */
  | { readonly kind: "stop" };

/** What the netio worker posts back. */
export type MessageFromWorker =
  | { readonly kind: "report"; readonly report: WorkerReport }
  /** A line for the log, which the main thread writes: two writers would tear lines apart. */
  | {
      readonly kind: "log";
      readonly level: "debug" | "info" | "warn" | "error";
      readonly fields: Readonly<Record<string, unknown>>;
      readonly message: string;
    };
