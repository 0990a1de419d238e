import { type PodFacts } from "../../core/surroundings/index.ts";
import { type PodReader } from "../../ports/pod-reader.ts";

/** The pods of a cluster in memory, by namespace. */
export class MemoryPodReader implements PodReader {
  readonly pods = new Map<string, readonly PodFacts[]>();
  /** The namespaces asked for, in order. */
  readonly asked: string[] = [];
  /** Why nothing is to be had; undefined = it is. */
  failure: Error | undefined;

  async podsOf(namespace: string): Promise<readonly PodFacts[]> {
    this.asked.push(namespace);
    await Promise.resolve();
    if (this.failure !== undefined) throw this.failure;
    return this.pods.get(namespace) ?? [];
  }
}
