import { type CarriedRoutes } from "../core/desired/bgp/carried-routes.ts";
import { bgpStatusClaims, nothingSaid, type SaidPeers } from "../core/desired/bgp/service-bgp-status.ts";
import { type BgpVerdict } from "../core/desired/bgp/types.ts";
import { type ServiceStatusObject } from "../core/desired/service-status.ts";
import {
  ServiceStatusWriter,
  type ServiceStatusWish,
  type ServiceStatusWriterDeps,
  type ServiceStatusWriterOptions,
} from "./service-status-writer.ts";

/** Keeps this node's ServiceBGPStatus objects equal to what routers have from it. */
export class ServiceBgpStatusWriter {
  readonly #objects: ServiceStatusWriter;
  readonly #deps: ServiceStatusWriterDeps;
  #wanted: { readonly verdicts: readonly BgpVerdict[]; readonly carried: CarriedRoutes } | undefined;
  #cached: readonly ServiceStatusObject[] | undefined;
  #said: SaidPeers = nothingSaid;

  constructor(options: ServiceStatusWriterOptions, deps: ServiceStatusWriterDeps) {
    this.#deps = deps;
    this.#objects = new ServiceStatusWriter(
      options,
      {
        kind: "ServiceBGPStatus",
        cached: ({ serviceBgpStatuses }) => serviceBgpStatuses,
        wish: () => this.#wish(),
      },
      deps,
    );
  }

  /** To be called whenever verdicts, routes or cached objects may have changed. */
  update(verdicts: readonly BgpVerdict[], carried: CarriedRoutes): void {
    const cached = this.#deps.cluster.view().serviceBgpStatuses;
    const isNews =
      this.#wanted?.verdicts !== verdicts || this.#wanted.carried !== carried || this.#cached !== cached;
    if (!isNews) return;
    this.#wanted = { verdicts, carried };
    this.#cached = cached;
    this.#objects.request();
  }

  stop(): Promise<void> {
    return this.#objects.stop();
  }

  #wish(): ServiceStatusWish | undefined {
    if (this.#wanted === undefined) return undefined;
    const { verdicts, carried } = this.#wanted;
    const { said, ...wish } = bgpStatusClaims(verdicts, carried, this.#said, this.#deps.clock.now());
    this.#said = said;
    return wish;
  }
}
