import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

const MARKER = "ff".repeat(16);
const KEEPALIVE_TYPE = 4;

/** What a router says to one who dials it, in whole messages, and what it hears. No codec of ours is in it. */
export class Conversation {
  /** Hexadecimal, in the order in which they came; without KEEPALIVEs after the first. */
  readonly heard: string[] = [];
  readonly #socket: Socket;
  #buffered = Buffer.alloc(0);
  #ended = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => this.#hear(bytes));
    socket.on("error", () => undefined);
    socket.on("close", () => (this.#ended = true));
  }

  static async open(from: string, to: string): Promise<Conversation> {
    for (let attempt = 0; ; attempt++) {
      const socket = connect({ host: to, port: 179, localAddress: from });
      const refused = await new Promise<Error | undefined>((resolve) => {
        socket.once("connect", () => resolve(undefined));
        socket.once("error", resolve);
      });
      if (refused === undefined) return new Conversation(socket);
      if (attempt > 50) throw refused;
      await pause(200);
    }
  }

  /** Type and body in hexadecimal; marker and length are put in front. */
  say(typeAndBody: string): void {
    this.sayRaw(message(typeAndBody));
  }

  sayRaw(hex: string): void {
    if (!this.#ended) this.#socket.write(Buffer.from(hex, "hex"));
  }

  /** Returns when nothing more has been said for that long, or the router has ended it. */
  async quiet(millis: number): Promise<void> {
    for (let before = -1; before !== this.heard.length && !this.#ended;) {
      before = this.heard.length;
      for (let waited = 0; waited < millis && !this.#ended; waited += 50) await pause(50);
    }
  }

  end(): void {
    this.#socket.destroy();
  }

  #hear(bytes: Buffer): void {
    this.#buffered = Buffer.concat([this.#buffered, bytes]);
    while (this.#buffered.length >= 19) {
      const length = this.#buffered.readUInt16BE(16);
      if (this.#buffered.length < length || length < 19) return;
      const hex = this.#buffered.subarray(0, length).toString("hex");
      const isRepeated = this.#buffered[18] === KEEPALIVE_TYPE && this.heard.includes(hex);
      if (!isRepeated) this.heard.push(hex);
      this.#buffered = this.#buffered.subarray(length);
    }
  }
}

/** A whole message around its type and body. */
export function message(typeAndBody: string): string {
  const rest = typeAndBody.replaceAll(" ", "");
  return `${MARKER}${(18 + rest.length / 2).toString(16).padStart(4, "0")}${rest}`;
}
