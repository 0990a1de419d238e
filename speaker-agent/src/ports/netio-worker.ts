import { type RankedSnapshot } from "../core/election/ranked-announcement.ts";
import { type WorkerReport } from "../core/machines/announcer/types.ts";

/**
 * The part of the agent that talks to the segment, seen from the main thread. It decides alone who owns an address now;
 * the main thread only tells it, by level, what there is to announce.
 */
export interface NetioWorker {
  /**
   * Replaces everything announced so far. Never blocks and never throws: a worker that is starting, or starting again
   * after a failure, gets the newest snapshot as soon as it can take it.
   */
  announce(snapshot: RankedSnapshot): void;
  /** Called after every snapshot the worker has put in force, and whenever what it announces changes. */
  onReport(handler: (report: WorkerReport) => void): void;
  /** Called each time the worker fails. It starts again by itself and announces the newest snapshot anew. */
  onFailure(handler: (failure: Error) => void): void;
  /** Stops announcing and ends the worker. */
  stop(): Promise<void>;
}
