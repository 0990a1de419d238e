import { type LogSink } from "@steelyard/client";
import { type Clock, type Millis, type Random } from "@steelyard/model/foundation";
import {
  BGP_ANNOTATION,
  type ConfigurationStateResource,
  isPartOfBgpReport,
  readBgpReport,
} from "@steelyard/model/resources";
import { nodeLabelOf } from "../core/desired/node-label.ts";
import { type Sha256 } from "../core/election/sha256.ts";
import {
  type ConfigurationStateFacts,
  type ConfigurationStateOptions,
  type ConfigurationStateWrite,
  planConfigurationState,
} from "../core/reporting/plan-configuration-state.ts";
import { type ClusterReader, type ClusterView } from "../ports/cluster-reader.ts";
import { ClusterWriteError, type ClusterWriter } from "../ports/cluster-writer.ts";
import { LevelLoop, type PassOutcome } from "./level-loop.ts";
import { OwnWrites } from "./own-writes.ts";
import { TokenBuckets } from "./token-buckets.ts";

export interface ConfigurationStateWriterDeps {
  readonly cluster: ClusterReader;
  readonly writer: ClusterWriter;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LogSink;
  readonly sha256: Sha256;
}

const betweenPasses: Millis = 1000;
/** Once a burst is used up: what strangers do to the segment must not become a load on the API server. */
const betweenAnnotations: Millis = 30_000;
/** After a refusal that only a person can lift. */
const afterRefusal: Millis = 60_000;

/** Keeps this node's ConfigurationState; far from the path that announces. */
export class ConfigurationStateWriter {
  readonly #options: ConfigurationStateOptions;
  readonly #deps: ConfigurationStateWriterDeps;
  readonly #loop: LevelLoop;
  readonly #ownWrites: OwnWrites<ConfigurationStateResource>;
  readonly #annotations: TokenBuckets;
  #facts: ConfigurationStateFacts | undefined;
  /** What was logged last: a failure that repeats is not news. */
  #complaint: string | undefined;

  constructor(
    options: { readonly namespace: string; readonly nodeName: string },
    deps: ConfigurationStateWriterDeps,
  ) {
    const { namespace, nodeName } = options;
    this.#options = { namespace, nodeName, nodeLabel: nodeLabelOf(nodeName, deps) };
    this.#deps = deps;
    this.#ownWrites = new OwnWrites(deps);
    this.#annotations = new TokenBuckets({ burst: 10, refillMs: betweenAnnotations }, deps);
    this.#loop = new LevelLoop({ pauseMs: betweenPasses }, { ...deps, pass: (signal) => this.#pass(signal) });
  }

  /** To be called whenever the facts or the cached object may have changed. */
  update(facts: ConfigurationStateFacts, { configurationStates: cached = [] }: ClusterView): void {
    this.#facts = facts;
    this.#settleOwnWrites(cached);
    this.#loop.request();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #pass(signal: AbortSignal): Promise<PassOutcome> {
    try {
      return await this.#writeWhatDiffers();
    } catch (error) {
      return this.#failed(error, signal);
    }
  }

  async #writeWhatDiffers(): Promise<PassOutcome> {
    const cached = this.#deps.cluster.view().configurationStates;
    // Without the cache nobody knows what is there already; its arrival brings the next pass.
    if (this.#facts === undefined || cached === undefined) return { kind: "done" };
    const [present] = this.#ownWrites.over(cached);
    const write = planConfigurationState(present, this.#facts, this.#options, this.#deps.clock.timestamp());
    if (write === undefined) return this.#settled;
    // What is no longer so is never left standing: it follows a write that said so, and those are bounded.
    if (write.kind === "annotate" && !this.#annotations.take(write.name) && !takesAway(write, present))
      return { kind: "again", afterMs: betweenAnnotations };
    const stored = await this.#deps.writer.writeConfigurationState(write);
    this.#ownWrites.note(write.name, present, stored);
    // The watch may have been faster than the answer.
    this.#settleOwnWrites(this.#deps.cluster.view().configurationStates);
    this.#complaint = undefined;
    // Once created it is still without a status.
    return { kind: "again", afterMs: betweenPasses };
  }

  /** At once: a write that the watch has shown must not hide what happens to the object before the next pass. */
  #settleOwnWrites(cached: readonly ConfigurationStateResource[] = []): void {
    this.#ownWrites.over(cached);
  }

  /** The watch has to show our writes by then, else they are made again. */
  get #settled(): PassOutcome {
    const until = this.#ownWrites.unsettledUntil;
    return until === undefined
      ? { kind: "done" }
      : { kind: "again", afterMs: until - this.#deps.clock.now() };
  }

  #failed(error: unknown, signal: AbortSignal): PassOutcome {
    const message = String(error);
    // The end of the program cuts writes off, which is nobody's trouble.
    if (!signal.aborted && message !== this.#complaint) {
      this.#deps.log.warn({ error }, "the ConfigurationState of this node could not be written");
    }
    this.#complaint = message;
    const isPassing = error instanceof ClusterWriteError && error.verdict === "retry";
    return isPassing
      ? { kind: "retry", retryAfterMs: error.retryAfterMs }
      : { kind: "again", afterMs: afterRefusal };
  }
}

/** It tells of fewer routers than the object does now, and nothing new of any. */
function takesAway(
  { annotation, value }: Extract<ConfigurationStateWrite, { readonly kind: "annotate" }>,
  present: ConfigurationStateResource | undefined,
): boolean {
  if (annotation !== BGP_ANNOTATION || present === undefined) return false;
  const annotations = value === undefined ? {} : { [annotation]: value };
  return isPartOfBgpReport(readBgpReport({ annotations }), readBgpReport(present.metadata));
}
