import { type NetioReport, type OwnerMove } from "../../ports/netio-report.ts";
import { type NetioWorker } from "../../ports/netio-worker.ts";
import { type BfdChange, type RouterSight } from "../../ports/router-watch.ts";

/** Who listens to a worker of a test; `tell` calls them. */
export class WorkerListeners implements Pick<
  NetioWorker,
  "onReport" | "onMove" | "onBfdChange" | "onRouterSight"
> {
  protected readonly tell = {
    report: (_: NetioReport): void => undefined,
    move: (_: OwnerMove): void => undefined,
    bfdChange: (_: BfdChange): void => undefined,
    routerSight: (_: RouterSight): void => undefined,
  };

  onReport(handler: (report: NetioReport) => void): void {
    this.tell.report = handler;
  }

  onMove(handler: (move: OwnerMove) => void): void {
    this.tell.move = handler;
  }

  onBfdChange(handler: (change: BfdChange) => void): void {
    this.tell.bfdChange = handler;
  }

  onRouterSight(handler: (sight: RouterSight) => void): void {
    this.tell.routerSight = handler;
  }
}
