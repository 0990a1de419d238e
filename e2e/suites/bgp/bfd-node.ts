import { spawn, type ChildProcess } from "node:child_process";
import { builtProgram } from "../../topology/dist.ts";
import { eventually } from "../../topology/eventually.ts";
import { type NetworkNamespace } from "../../topology/namespace.ts";
import { type LogLine, Program } from "../../topology/program.ts";

/** A BFDProfile. */
export interface BfdNodeProfile {
  readonly receiveIntervalMs: number;
  readonly transmitIntervalMs: number;
  readonly detectMultiplier: number;
  readonly echoIntervalMs: number;
  readonly echoMode: boolean;
  readonly passiveMode: boolean;
  readonly minimumTtl: number;
}

export interface BfdNodePeer {
  readonly remote: string;
  readonly local?: string;
  readonly interface?: string;
  readonly multiHop?: boolean;
  readonly profile?: Partial<BfdNodeProfile>;
}

export interface BfdNodeSession {
  readonly key: string;
  readonly state: string;
  readonly because: string;
  readonly transmitInterval: number;
  readonly detectTime: number;
  readonly counters: Readonly<Record<string, number>>;
}

export interface BfdNodeChange {
  /** Milliseconds of CLOCK_MONOTONIC. */
  readonly at: number;
  readonly key: string;
  readonly state: string;
  readonly because: string;
}

/** Detection within 150 ms, which no main thread that is busy for a second would keep. */
const profile: BfdNodeProfile = {
  receiveIntervalMs: 50,
  transmitIntervalMs: 50,
  detectMultiplier: 3,
  echoIntervalMs: 50,
  echoMode: false,
  passiveMode: false,
  minimumTtl: 254,
};

/** The agent's netio worker with BFD alone, in a namespace. */
export class BfdNode {
  readonly program: Program;
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#process = child;
    this.program = new Program("bfd-node", child);
  }

  static async start(host: NetworkNamespace): Promise<BfdNode> {
    const child = spawn(
      "nsenter",
      [`--net=/run/netns/${host.name}`, process.execPath, builtProgram("bfd-node.mjs")],
      { stdio: ["pipe", "pipe", "pipe"] },
    );
    child.stdin.on("error", () => undefined);
    const node = new BfdNode(child);
    await node.program.line((line) => line["is"] === "started");
    return node;
  }

  watch(...peers: readonly BfdNodePeer[]): void {
    this.#tell({
      do: "watch",
      peers: peers.map((peer) => ({
        multiHop: false,
        ...peer,
        profile: { name: "test", ...profile, ...peer.profile },
      })),
    });
  }

  /** Its main thread does nothing else for so long; returns when it is over. */
  async block(millis: number): Promise<void> {
    const before = this.#unblocked();
    this.#tell({ do: "block", millis });
    await eventually("the main thread to be free", async () => this.#unblocked() > before, millis + 5000);
  }

  async stop(): Promise<void> {
    this.#tell({ do: "stop" });
    await eventually("the end of bfd-node", async () => !this.program.isRunning);
  }

  /** As told last. */
  session(peer: string): BfdNodeSession | undefined {
    const sight = this.program.lines.findLast((line) => line["is"] === "sight");
    return (sight?.["bfd"] as readonly BfdNodeSession[] | undefined)?.find(({ key }) => key === peer);
  }

  /** What BGP would have been told, in order. */
  changes(peer: string): readonly BfdNodeChange[] {
    const isChange = (line: LogLine): boolean => line["is"] === "change" && line["key"] === peer;
    return this.program.lines.filter(isChange) as unknown as readonly BfdNodeChange[];
  }

  async until(peer: string, state: string, withinMillis = 15_000): Promise<BfdNodeSession> {
    try {
      return await eventually(
        `BFD with ${peer} to be ${state}`,
        async () => {
          const session = this.session(peer);
          return session?.state === state && session;
        },
        withinMillis,
      );
    } catch (error) {
      throw new Error(`${String(error)}\n${this.program.transcript()}`, { cause: error });
    }
  }

  async kill(): Promise<void> {
    await this.program.stop("SIGKILL");
  }

  #unblocked(): number {
    return this.program.lines.filter((line) => line["is"] === "unblocked").length;
  }

  #tell(command: object): void {
    this.#process.stdin?.write(`${JSON.stringify(command)}\n`);
  }
}
