import { KubeError } from "../errors.ts";

const lineFeed = 0x0a;
const nothing = Buffer.alloc(0);

/**
 * Cuts a byte stream into lines at 0x0A and nowhere else. `node:readline` must not be used for this: from Node 24 on it
 * also cuts at U+2028 and U+2029, which are legal inside a JSON string.
 */
export class LineSplitter {
  readonly #longestLine: number;
  readonly #doing: string;
  /** Pieces of a line that has not ended yet: joined once, because joining at each chunk would be quadratic. */
  #pieces: Buffer[] = [];
  #pending = 0;

  constructor(options: { readonly longestLine: number; readonly doing: string }) {
    this.#longestLine = options.longestLine;
    this.#doing = options.doing;
  }

  /** Lines that `chunk` completes, without their line feed; empty lines are left out. Throws `too-large`. */
  push(chunk: Buffer): readonly string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
      const line = this.#complete(chunk.subarray(start, end));
      if (line !== "") lines.push(line);
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    return lines;
  }

  /** What followed the last line feed when the stream ended. */
  rest(): string {
    return this.#complete(nothing);
  }

  #complete(tail: Buffer): string {
    this.#limit(tail.length);
    const line = this.#pieces.length === 0 ? tail : Buffer.concat([...this.#pieces, tail]);
    this.#pieces = [];
    this.#pending = 0;
    return line.toString("utf8");
  }

  #keep(piece: Buffer): void {
    this.#limit(piece.length);
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.#pending += piece.length;
  }

  #limit(more: number): void {
    if (this.#pending + more <= this.#longestLine) return;
    const message = `${this.#doing}: a line of the stream is longer than ${this.#longestLine} bytes`;
    throw new KubeError({ code: "too-large", message });
  }
}
