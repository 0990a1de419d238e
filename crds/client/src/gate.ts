/** Something that others wait for and that happens once, or never. */
export class Gate {
  readonly #waiting = new Set<{ readonly pass: () => void; readonly refuse: (reason: unknown) => void }>();
  #state: "waiting" | "open" | { readonly refused: unknown } = "waiting";

  get isOpen(): boolean {
    return this.#state === "open";
  }

  open(): void {
    if (this.#state !== "waiting") return;
    this.#state = "open";
    for (const waiter of this.#waiting) waiter.pass();
  }

  /** It will not happen any more: whoever waits gets `reason`. */
  refuse(reason: unknown): void {
    if (this.#state !== "waiting") return;
    this.#state = { refused: reason };
    for (const waiter of this.#waiting) waiter.refuse(reason);
  }

  /** Resolves once open; rejects with the signal's reason, or with that of `refuse`. */
  whenOpen(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#state === "open") return resolve();
      // Reasons are errors by convention, and passed on as they came.
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      if (this.#state !== "waiting") return reject(this.#state.refused);
      const settle = (finish: () => void) => (): void => {
        signal.removeEventListener("abort", onAbort);
        this.#waiting.delete(waiter);
        finish();
      };
      const waiter = {
        pass: settle(resolve),
        refuse: (reason: unknown) => settle(() => reject(reason))(),
      };
      const onAbort = (): void => waiter.refuse(signal.reason);
      this.#waiting.add(waiter);
      signal.addEventListener("abort", onAbort, { once: true });
      if (signal.aborted) onAbort();
    });
  }
}
