import { l2StatusClaims } from "../core/desired/service-l2-status.ts";
import { type ServiceVerdict } from "../core/desired/types.ts";
import { type WorkerReport } from "../core/machines/announcer/types.ts";
import { type OwnerMove } from "../ports/netio-report.ts";
import { OrphanedStatuses } from "./orphaned-statuses.ts";
import {
  ServiceStatusWriter,
  type ServiceStatusWriterDeps,
  type ServiceStatusWriterOptions,
} from "./service-status-writer.ts";

/** Keeps this node's ServiceL2Status objects equal to what the worker does, and takes back those of nodes that are gone. */
export class ServiceL2StatusWriter {
  readonly #objects: ServiceStatusWriter;
  readonly #orphans: OrphanedStatuses;
  #wanted: { readonly verdicts: readonly ServiceVerdict[]; readonly report: WorkerReport } | undefined;

  constructor(options: ServiceStatusWriterOptions, deps: ServiceStatusWriterDeps) {
    this.#orphans = new OrphanedStatuses(deps);
    this.#objects = new ServiceStatusWriter(
      options,
      {
        kind: "ServiceL2Status",
        cached: ({ serviceL2Statuses }) => serviceL2Statuses,
        wish: () =>
          this.#wanted && {
            claims: l2StatusClaims(this.#wanted.verdicts, this.#wanted.report),
            others: this.#orphans.plan(this.#wanted.verdicts, this.#wanted.report, options),
          },
        onWritten: (write) => {
          if (write.kind === "delete") this.#orphans.settle(write.name);
        },
      },
      deps,
    );
  }

  /** To be called whenever decisions, report or cached objects may have changed. */
  update(verdicts: readonly ServiceVerdict[], report: WorkerReport): void {
    this.#wanted = { verdicts, report };
    this.#objects.request();
  }

  /** To be called for every address that came here. */
  noteMove(move: OwnerMove): void {
    this.#orphans.note(move);
  }

  stop(): Promise<void> {
    return this.#objects.stop();
  }
}
