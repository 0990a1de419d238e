import { type LogSink } from "@steelyard/client";
import { type Clock, type Millis } from "@steelyard/model/foundation";
import { formatSavedState, parseSavedState, type SavedState } from "../core/desired/saved-state.ts";
import { type StateStore } from "../ports/state-store.ts";

export interface StateKeeperDeps {
  readonly store: StateStore;
  readonly clock: Clock;
  readonly log: LogSink;
}

type Content = Pick<SavedState, "election" | "remembered" | "peers">;

/** Bounds what a busy cluster costs the disk. */
const betweenWrites: Millis = 5000;

const nothing: Content = {
  election: { addresses: [], probeOnly: [], readyNodes: [] },
  remembered: new Map(),
  peers: [],
};

/** What an agent has kept; undefined = nothing that this one can use, of which the log says why. */
export async function loadState(
  nodeName: string,
  { store, log }: Pick<StateKeeperDeps, "store" | "log">,
): Promise<SavedState | undefined> {
  try {
    const text = await store.read();
    if (text === undefined) return undefined;
    const state = parseSavedState(text, nodeName);
    if (state.ok) return state.value;
    log.warn({ file: store.place }, `the kept state is ignored, because the file ${state.error}`);
  } catch (error) {
    log.warn({ file: store.place, error }, "the kept state cannot be read");
  }
  return undefined;
}

/** Keeps the newest state on disk, at most once in five seconds, and once more at the end. */
export class StateKeeper {
  readonly #nodeName: string;
  readonly #deps: StateKeeperDeps;
  #content: Content;
  #isWritten = true;
  #writing: Promise<void> = Promise.resolve();
  /** Armed for as long as it is too early for the next write. */
  #cancel: (() => void) | undefined;
  /** A failure that repeats is not news. */
  #isFailing = false;

  /** @param options.saved what is kept already */
  constructor(
    options: { readonly nodeName: string; readonly saved: Content | undefined },
    deps: StateKeeperDeps,
  ) {
    this.#nodeName = options.nodeName;
    this.#content = options.saved ?? nothing;
    this.#deps = deps;
  }

  /** What is not given stays as it is. */
  keep(changes: Partial<Content>): void {
    this.#content = { ...this.#content, ...changes };
    this.#isWritten = false;
    if (this.#cancel === undefined) this.#write();
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    await this.#writing;
    if (!this.#isWritten) this.#write();
    this.#cancel?.();
    await this.#writing;
  }

  #write(): void {
    this.#cancel = undefined;
    if (this.#isWritten) return;
    this.#isWritten = true;
    this.#cancel = this.#deps.clock.after(betweenWrites, () => this.#write());
    this.#writing = this.#writing.then(() => this.#store());
  }

  async #store(): Promise<void> {
    const { store, clock, log } = this.#deps;
    try {
      await store.write(
        formatSavedState({ ...this.#content, nodeName: this.#nodeName, savedAt: clock.timestamp() }),
      );
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) log.warn({ file: store.place, error }, "the state cannot be kept");
      this.#isFailing = true;
    }
  }
}
