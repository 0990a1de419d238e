/** One term of leadership: runs until it is done or the signal aborts. */
export type Term = (signal: AbortSignal) => Promise<void>;

/** Of several operators one acts; the others stand by. */
export interface Leadership {
  /** Whether acting is safe at this very moment: to be asked before each write. */
  isLeader(): boolean;
  /** Whether it is known who leads: false until the election has been looked at once. */
  isDecided(): boolean;
  /**
   * Runs `term` each time leadership is gained; its signal aborts when leadership is lost or `signal` aborts. Resolves
   * after `signal` has aborted, the last term has ended and leadership is handed back. Rejects when a term does.
   */
  run(term: Term, signal: AbortSignal): Promise<void>;
}
