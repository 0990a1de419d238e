import { type ElectionSnapshot } from "../core/election/types.ts";
import { type RingConfiguration } from "./netio-options.ts";
import { type NetioReport, type OwnerMove } from "./netio-report.ts";
import { type BfdChange, type RouterSight, type RouterWatch } from "./router-watch.ts";

/**
 * The part of the agent that talks to the segment, seen from the main thread. It decides alone who owns an address now;
 * the main thread only tells it, by level, what there is to announce.
 */
export interface NetioWorker {
  /**
   * Replaces everything announced so far. Never blocks and never throws: a worker that is starting, or starting again
   * after a failure, gets the newest snapshot as soon as it can take it.
   */
  announce(snapshot: ElectionSnapshot): void;
  /** Replaces what was known of the ring; like `announce` in everything else. Does nothing without membership. */
  configureRing(ring: RingConfiguration): void;
  /**
   * Replaces what is watched of routers; like `announce` in everything else. Before the first call nothing is told of
   * routers: a node without BGP has nothing to do with them.
   */
  watchRouters(watch: RouterWatch): void;
  /** Called after every snapshot the worker has put in force, and whenever what it does or sees changes. */
  onReport(handler: (report: NetioReport) => void): void;
  onMove(handler: (move: OwnerMove) => void): void;
  /** Called at once when a BFD session changes its state, and never for one that is not watched any more. */
  onBfdChange(handler: (change: BfdChange) => void): void;
  /**
   * Called soon after `watchRouters` and when what the worker sees of routers changes, a few times a second at most; for
   * counters alone every few seconds. A worker that was restarted begins with sessions that have never been up.
   */
  onRouterSight(handler: (sight: RouterSight) => void): void;
  /** Called each time the worker fails. It starts again by itself with the newest of what it was told. */
  onFailure(handler: (failure: Error) => void): void;
  /**
   * Gives all addresses away, while they are still answered; resolves when nothing is gained by waiting longer. Bounded
   * in time, and over at once when the worker is not there.
   */
  drain(): Promise<void>;
  /** Stops announcing and ends the worker. */
  stop(): Promise<void>;
}
