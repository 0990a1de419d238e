import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { routerFolder } from "../../topology/routers/router-programs.ts";
import { type Router } from "../../topology/routers/router.ts";

/** A daemon ends each answer with three zero bytes and a status. */
const END = Buffer.from([0, 0, 0]);

interface NeighborStatus {
  readonly bgpState: string;
  readonly connectionsEstablished: number;
  readonly messageStats: { readonly updatesRecv: number };
  readonly addressFamilyInfo?: { readonly ipv4Unicast?: { readonly acceptedPrefixCounter?: number } };
}

/**
 * A standing connection to FRR's bgpd, in the way of vtysh: a question costs a tenth of a millisecond, where vtysh as a
 * program costs thirty.
 */
export class FrrConsole {
  readonly #socket: Socket;
  #answer = Buffer.alloc(0);
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => {
      this.#answer = Buffer.concat([this.#answer, bytes]);
      this.#wake();
    });
  }

  static async open(router: Router): Promise<FrrConsole> {
    const socket = connect(join(routerFolder(router.name), "bgpd.vty"));
    await once(socket, "connect");
    const console = new FrrConsole(socket);
    await console.ask("enable");
    return console;
  }

  /** One question at a time. */
  async ask(question: string): Promise<string> {
    this.#answer = Buffer.alloc(0);
    this.#socket.write(`${question}\0`);
    for (;;) {
      const end = this.#answer.indexOf(END);
      if (end >= 0 && this.#answer.length > end + END.length) return this.#answer.toString("utf8", 0, end);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async has(prefix: string): Promise<boolean> {
    const answer = await this.ask(`show bgp ipv4 unicast ${prefix} json`);
    return answer.includes('"paths"');
  }

  /** Of a neighbour: whether its session stands, which of its sessions it is, and what has come. */
  async neighbor(
    address: string,
  ): Promise<{ established: boolean; sessions: number; updates: number; prefixes: number }> {
    const answer = JSON.parse(await this.ask(`show bgp neighbors ${address} json`)) as Readonly<
      Record<string, NeighborStatus>
    >;
    const status = answer[address];
    return {
      established: status?.bgpState === "Established",
      sessions: status?.connectionsEstablished ?? 0,
      updates: status?.messageStats.updatesRecv ?? 0,
      prefixes: status?.addressFamilyInfo?.ipv4Unicast?.acceptedPrefixCounter ?? 0,
    };
  }

  close(): void {
    this.#socket.destroy();
  }
}
