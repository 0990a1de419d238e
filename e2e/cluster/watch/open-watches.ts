import { type Interruption, type WatchStream } from "./watch-stream.ts";

/** The watches that are running, so that faults can reach them. */
export class OpenWatches {
  readonly #streams = new Set<WatchStream>();

  add(stream: WatchStream): () => void {
    this.#streams.add(stream);
    return () => this.#streams.delete(stream);
  }

  get size(): number {
    return this.#streams.size;
  }

  /** Interrupts the watches of the given resources (all when none are given); returns how many there were. */
  interrupt(how: Interruption, resources: readonly string[] = []): number {
    const hit = [...this.#streams].filter(
      ({ resource }) => resources.length === 0 || resources.includes(resource),
    );
    for (const stream of hit) stream.interrupt(how);
    return hit.length;
  }
}
