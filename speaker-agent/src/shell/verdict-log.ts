import { type LogSink } from "@steelyard/client";
import { serviceKey } from "../core/desired/service-key.ts";
import { type BgpDecision, type BgpVerdict } from "../core/desired/bgp/types.ts";
import { type Decision, type ServiceVerdict } from "../core/desired/types.ts";

/**
 * Logs, at debug level, what was decided about each Service when that changes. Most nodes announce most Services not at
 * all, so on the usual level this would be noise; it is the answer to "why not here?".
 */
export class VerdictLog {
  readonly #log: LogSink;
  #said: ReadonlyMap<string, Decision> = new Map();
  #saidOfBgp: ReadonlyMap<string, BgpDecision> = new Map();
  #bgpVerdicts: readonly BgpVerdict[] = [];

  constructor(deps: { readonly log: LogSink }) {
    this.#log = deps.log;
  }

  update(verdicts: readonly ServiceVerdict[]): void {
    const said = new Map<string, Decision>();
    for (const { service, decision } of verdicts) {
      const key = serviceKey(service);
      said.set(key, decision);
      // Equal decisions are one object.
      if (this.#said.get(key) === decision) continue;
      const reason = decision.kind === "candidate" ? "" : decision.reason;
      const fields = { event: "shouldannounce", service: key, protocol: "layer2", because: decision.because };
      if (reason === "") this.#log.debug(fields, "this node may announce the service");
      else this.#log.debug({ ...fields, reason }, "this node is not to announce the service");
    }
    this.#said = said;
  }

  /** The same of BGP. */
  updateBgp(verdicts: readonly BgpVerdict[]): void {
    if (verdicts === this.#bgpVerdicts) return;
    this.#bgpVerdicts = verdicts;
    const said = new Map<string, BgpDecision>();
    for (const { service, decision } of verdicts) {
      const key = serviceKey(service);
      said.set(key, decision);
      const before = this.#saidOfBgp.get(key);
      if (before?.kind === decision.kind && before.because === decision.because) continue;
      const fields = { event: "shouldannounce", service: key, protocol: "bgp", because: decision.because };
      if (decision.kind === "advertise") this.#log.debug(fields, "this node is to announce the service");
      else
        this.#log.debug({ ...fields, reason: decision.reason }, "this node is not to announce the service");
    }
    this.#saidOfBgp = said;
  }
}
