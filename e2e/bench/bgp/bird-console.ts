import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { routerFolder } from "../../topology/routers/router-programs.ts";
import { type Router } from "../../topology/routers/router.ts";

/** The last line of an answer has a blank behind its code, the others a hyphen. */
const LAST_LINE = /^\d{4} .*\n$/m;

/** A standing connection to BIRD, in the way of birdc. */
export class BirdConsole {
  readonly #socket: Socket;
  #answer = "";
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("utf8").on("data", (text) => {
      this.#answer += String(text);
      this.#wake();
    });
  }

  static async open(router: Router): Promise<BirdConsole> {
    const socket = connect(join(routerFolder(router.name), "bird.ctl"));
    await once(socket, "connect");
    const console = new BirdConsole(socket);
    await console.#untilAnswered();
    return console;
  }

  /** One question at a time. */
  async ask(question: string): Promise<string> {
    this.#answer = "";
    this.#socket.write(`${question}\n`);
    return this.#untilAnswered();
  }

  async has(prefix: string): Promise<boolean> {
    return (await this.ask(`show route for ${prefix}`)).includes(" unicast ");
  }

  close(): void {
    this.#socket.destroy();
  }

  async #untilAnswered(): Promise<string> {
    while (!LAST_LINE.test(this.#answer)) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#answer;
  }
}
