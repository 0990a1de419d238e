import { formatIpAddress } from "@steelyard/model/address";
import { orphanDeletion } from "../core/desired/service-l2-status.ts";
import { type ServiceStatusOptions, type ServiceStatusWrite } from "../core/desired/service-status.ts";
import { type ServiceVerdict } from "../core/desired/types.ts";
import { type Sha256 } from "../core/election/sha256.ts";
import { type WorkerReport } from "../core/machines/announcer/types.ts";
import { type MoveCause } from "../core/machines/ownership/types.ts";
import { type OwnerMove } from "../ports/netio-report.ts";

/** The former owner cannot say itself that it does not announce any more. */
const causesOfOrphans: readonly string[] = [
  "holder-gone",
  "process-gone",
  "stalled",
  "left",
  "planned:drain",
  // Without membership a node that is gone is one that is not Ready any more.
  "order",
] satisfies MoveCause[];

/**
 * Status objects of nodes from which this one has taken addresses over because they are gone: without their deletion a
 * Service would seem to be announced by two nodes for as long as the other one is away.
 */
export class OrphanedStatuses {
  readonly #deps: { readonly sha256: Sha256 };
  /** By the text of an address, who had it. */
  readonly #former = new Map<string, string>();
  /** By the name of an object, of which addresses it tells; as of the last plan. */
  #planned: ReadonlyMap<string, readonly string[]> = new Map();

  constructor(deps: { readonly sha256: Sha256 }) {
    this.#deps = deps;
  }

  note({ address, from, cause }: OwnerMove): void {
    if (from !== undefined && causesOfOrphans.includes(cause))
      this.#former.set(formatIpAddress(address), from);
  }

  /** What is to be deleted: of Services that this node really announces now. */
  plan(
    verdicts: readonly ServiceVerdict[],
    { owned }: Pick<WorkerReport, "owned">,
    options: Pick<ServiceStatusOptions, "namespace" | "nodeName">,
  ): readonly ServiceStatusWrite[] {
    if (this.#former.size === 0) return [];
    const announced = new Set(owned.map(({ address }) => formatIpAddress(address)));
    const planned = new Map<string, string[]>();
    const writes = new Map<string, ServiceStatusWrite>();
    for (const { service, addresses } of verdicts) {
      for (const text of addresses.map(formatIpAddress)) {
        const former = announced.has(text) ? this.#former.get(text) : undefined;
        if (former === undefined) continue;
        const write = orphanDeletion(service, former, options, this.#deps);
        writes.set(write.name, write);
        planned.set(write.name, [...(planned.get(write.name) ?? []), text]);
      }
    }
    this.#planned = planned;
    return [...writes.values()];
  }

  /** The object of this name is deleted. */
  settle(name: string): void {
    for (const address of this.#planned.get(name) ?? []) this.#former.delete(address);
  }
}
