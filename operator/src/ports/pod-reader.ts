import { type PodFacts } from "../core/surroundings/index.ts";

/** Pods are not watched: a cluster has many, and they matter only to a Service that has no endpoint. */
export interface PodReader {
  /** Some pods of the namespace, at most a few hundred. Rejects when they cannot be had. */
  podsOf(namespace: string, signal: AbortSignal): Promise<readonly PodFacts[]>;
}
