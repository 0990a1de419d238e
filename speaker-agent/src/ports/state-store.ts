/** One text that outlives the program. */
export interface StateStore {
  /** For people: where it is kept. */
  readonly place: string;
  /** Undefined when nothing was kept yet. Rejects when it cannot be read. */
  read(): Promise<string | undefined>;
  /** Replaces it as a whole: whoever reads gets the text before or this one. Rejects when it cannot be written. */
  write(text: string): Promise<void>;
}
