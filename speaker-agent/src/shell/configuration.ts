import { type LogSink } from "@steelyard/client";
import { buildConfig, type BuiltConfig, type Config, type ConfigProblem } from "@steelyard/model/config";
import { type AgentMetrics } from "../ports/agent-metrics.ts";
import { type ClusterView } from "../ports/cluster-reader.ts";

/** Everything that is configured. */
const kinds = [
  "pools",
  "l2Advertisements",
  "bgpAdvertisements",
  "bgpPeers",
  "bfdProfiles",
  "communities",
  "namespaces",
] as const satisfies (keyof ClusterView)[];

type Sources = Pick<ClusterView, (typeof kinds)[number]>;

export interface ConfigurationDeps {
  readonly log: LogSink;
  readonly metrics: AgentMetrics;
}

/**
 * The configuration in force. It remembers its last good version of each object, so that a bad edit costs nothing that
 * works; a fault is logged when it appears and when it is gone (the operator writes the events).
 */
export class Configuration {
  readonly #namespace: string;
  readonly #deps: ConfigurationDeps;
  #sources: Sources | undefined;
  #built: BuiltConfig | undefined;

  constructor(options: { readonly namespace: string }, deps: ConfigurationDeps) {
    this.#namespace = options.namespace;
    this.#deps = deps;
    deps.metrics.setConfiguration({ loaded: false, stale: false });
  }

  /** The same object as before while nothing it is made of has changed. */
  of(view: ClusterView): Config {
    if (this.#built !== undefined && this.#sources !== undefined && sameSources(this.#sources, view)) {
      return this.#built.config;
    }
    const built = buildConfig({ ...sourcesOf(view), namespace: this.#namespace }, this.#built?.config);
    this.#logChanges(this.#built?.problems ?? [], built.problems);
    const stale = built.problems.some((problem) => problem.kind === "wrong");
    this.#deps.metrics.setConfiguration({ loaded: true, stale });
    this.#sources = sourcesOf(view);
    this.#built = built;
    return built.config;
  }

  /** What is wrong with it, as of the last look. */
  get problems(): readonly ConfigProblem[] {
    return this.#built?.problems ?? [];
  }

  #logChanges(before: readonly ConfigProblem[], now: readonly ConfigProblem[]): void {
    const { log } = this.#deps;
    for (const problem of missingIn(before, now)) {
      // A missing reference may arrive in a moment; a fault waits for somebody who reads this.
      if (problem.kind === "wrong") log.warn(fieldsOf(problem), "new configuration rejected");
      else log.info(fieldsOf(problem), "configuration is not complete");
    }
    for (const problem of missingIn(now, before)) log.info(fieldsOf(problem), "configuration problem solved");
  }
}

function sourcesOf({
  pools,
  l2Advertisements,
  bgpAdvertisements,
  bgpPeers,
  bfdProfiles,
  communities,
  namespaces,
}: ClusterView): Sources {
  return { pools, l2Advertisements, bgpAdvertisements, bgpPeers, bfdProfiles, communities, namespaces };
}

function sameSources(a: Sources, b: Sources): boolean {
  return kinds.every((kind) => a[kind] === b[kind]);
}

/** Those of `problems` that are not among `known`. */
function missingIn(
  known: readonly ConfigProblem[],
  problems: readonly ConfigProblem[],
): readonly ConfigProblem[] {
  const keys = new Set(known.map(problemKey));
  return problems.filter((problem) => !keys.has(problemKey(problem)));
}

function problemKey(problem: ConfigProblem): string {
  return JSON.stringify([problem.kind, fieldsOf(problem)]);
}

function fieldsOf({ object, path, message }: ConfigProblem) {
  return { object: `${object.kind} ${object.namespace}/${object.name}`, path, problem: message };
}
