import { type StateStore } from "../../ports/state-store.ts";

export class MemoryStateStore implements StateStore {
  readonly place = "memory";
  text: string | undefined;
  /** How often it was written. */
  writes = 0;
  /** Rejects the next calls with this. */
  refusal: Error | undefined;

  async read(): Promise<string | undefined> {
    await Promise.resolve();
    if (this.refusal !== undefined) throw this.refusal;
    return this.text;
  }

  async write(text: string): Promise<void> {
    await Promise.resolve();
    if (this.refusal !== undefined) throw this.refusal;
    this.writes += 1;
    this.text = text;
  }
}
