/** The demo's voice: one line per event, with the seconds since the start, and what a step took. */
export class Story {
  private readonly begin = process.hrtime.bigint();

  /** A heading. */
  chapter(text: string): void {
    console.log(`\n${text}`);
  }

  /** Something that happened now. */
  tell(text: string): void {
    console.log(`${this.seconds().padStart(7)} s  ${text}`);
  }

  /** Verbatim text, such as YAML or what kubectl would print. */
  show(text: string): void {
    for (const line of text.trimEnd().split("\n")) console.log(`           │ ${line}`);
  }

  /** Runs a step and tells what it found and how long it took; a step over a second is announced while it runs. */
  async step<T>(announcement: string, run: () => Promise<T>, tell: (found: T) => string): Promise<T> {
    const started = process.hrtime.bigint();
    const slow = setTimeout(() => this.tell(`… ${announcement}`), 1_000);
    try {
      const found = await run();
      this.tell(`${tell(found)}  (${Number((process.hrtime.bigint() - started) / 1_000_000n)} ms)`);
      return found;
    } finally {
      clearTimeout(slow);
    }
  }

  private seconds(): string {
    return (Number((process.hrtime.bigint() - this.begin) / 1_000_000n) / 1000).toFixed(2);
  }
}
