/** One term of leadership: runs until it is done or the signal aborts. */
export type Term = (signal: AbortSignal) => Promise<void>;

/** Of several operators one acts; the others stand by. */
export interface Leadership {
  /** Whether acting is safe at this very moment: to be asked before each write. */
  isLeader(): boolean;
  /** Why it is not known yet who leads, as a clause; undefined = it is, since the election has been looked at once. */
  whyUndecided(): string | undefined;
  /**
   * Runs `term` each time leadership is gained; its signal aborts when leadership is lost or `signal` aborts. Resolves
   * after `signal` has aborted, the last term has ended and leadership is handed back. Rejects when a term does.
   */
  run(term: Term, signal: AbortSignal): Promise<void>;
}
