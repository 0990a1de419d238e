import { type Clock, type Instant } from "@steelyard/model/foundation";

/** A step function, as every folder of core/machines has one. */
export type Step<State, Input, Effect> = (
  state: State,
  input: Input,
  context: { readonly now: Instant },
) => { readonly state: State; readonly effects: readonly Effect[] };

export interface MachineRunnerOptions<State, Input, Effect> {
  /** For the message of a failure. */
  readonly name: string;
  readonly initial: State;
  readonly step: Step<State, Input, Effect>;
}

export interface MachineRunnerDeps<Effect> {
  readonly clock: Clock;
  /** Does what the effect says. It may call `take` again. */
  readonly perform: (effect: Effect) => void;
}

/** An effect that fails is an input again. A machine that does not come to rest would take the thread for itself. */
const MOST_INPUTS_IN_A_ROW = 10_000;

/**
 * Drives one machine: everything that happens becomes an input, in order, and the effects of each step are performed
 * before the next one. An input that comes up while effects are performed waits for its turn, so that a step sees the
 * state all effects are based on.
 */
export class MachineRunner<State, Input extends { readonly kind: string }, Effect> {
  readonly #name: string;
  readonly #step: Step<State, Input, Effect>;
  readonly #deps: MachineRunnerDeps<Effect>;
  readonly #timers = new Map<string, () => void>();
  readonly #queue: Input[] = [];
  #state: State;
  #draining = false;
  #stopped = false;

  constructor(
    { name, initial, step }: MachineRunnerOptions<State, Input, Effect>,
    deps: MachineRunnerDeps<Effect>,
  ) {
    this.#name = name;
    this.#step = step;
    this.#state = initial;
    this.#deps = deps;
  }

  get state(): State {
    return this.#state;
  }

  take(input: Input): void {
    if (this.#stopped) return;
    this.#queue.push(input);
    if (this.#draining) return;
    this.#draining = true;
    try {
      this.#drain();
    } finally {
      this.#draining = false;
    }
  }

  /** Gives `input` to `take` at `at`, unless `timer` is armed anew before. */
  arm<Fired extends Input>(
    timer: string,
    at: Instant,
    input: Fired,
    take: (input: Fired) => void = (fired) => this.take(fired),
  ): void {
    const { clock } = this.#deps;
    this.disarm(timer);
    const cancel = clock.after(Math.max(0, at - clock.now()), () => {
      this.#timers.delete(timer);
      take(input);
    });
    this.#timers.set(timer, cancel);
  }

  disarm(timer: string): void {
    this.#timers.get(timer)?.();
    this.#timers.delete(timer);
  }

  /** From here on nothing is taken and no timer fires. */
  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #drain(): void {
    for (let taken = 0; ; taken++) {
      const input = this.#queue.shift();
      if (input === undefined || this.#stopped) return;
      if (taken === MOST_INPUTS_IN_A_ROW)
        throw new Error(`the ${this.#name} does not come to rest (${input.kind})`);
      const { state, effects } = this.#step(this.#state, input, { now: this.#deps.clock.now() });
      this.#state = state;
      for (const effect of effects) this.#deps.perform(effect);
    }
  }
}
