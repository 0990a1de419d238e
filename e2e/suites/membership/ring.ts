import { describe } from "@jest/globals";
import { existsSync } from "node:fs";
import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { builtProgram, repository } from "../../topology/dist.ts";
import { describeNetwork } from "../../topology/describe-network.ts";
import { eventually } from "../../topology/eventually.ts";
import { Program } from "../../topology/program.ts";
import { enterSandbox } from "../../topology/sandbox.ts";

/** `ours`: the agent's gossip. `genuine`: hashicorp/memberlist. */
export type NodeKind = "ours" | "genuine";

export interface NodeSettings {
  readonly keys: readonly string[];
  readonly label: string;
  readonly compress: boolean;
  readonly tcpPings: boolean;
  readonly meta: string;
  readonly state: string;
  /** How many times faster than on a LAN. */
  readonly speed: number;
}

export interface MemberLine {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly meta: string;
  readonly state: "alive" | "suspect" | "dead" | "left";
}

/** What a node is told; README of e2e/peers/memberlist. */
export interface NodeCommand {
  readonly do: "join" | "send" | "broadcast" | "meta" | "state" | "keys" | "leave" | "stop";
  readonly to?: string;
  readonly text?: string;
  readonly peers?: readonly string[];
  readonly keys?: readonly string[];
  readonly stream?: boolean;
}

const genuineProgram = join(repository, ".cache", "peers", "memberlist-node");

/** Faster than on a LAN, and slow enough for a busy machine: a ping may take 100 ms. */
const SPEED = 5;

const DEFAULTS: NodeSettings = {
  keys: [],
  label: "",
  compress: true,
  tcpPings: true,
  meta: "",
  state: "",
  speed: SPEED,
};

/** `describeNetwork` for suites that need the genuine library. */
export function describeRing(name: string, body: () => void): void {
  const missing = "needs .cache/peers/memberlist-node: node scripts/build-peers.mjs, with Go";
  if (existsSync(genuineProgram)) describeNetwork(name, body);
  else describe.skip(`${name} [skipped: ${missing}]`, body);
}

let ports = 7946;

/** Nodes of both kinds on loopback addresses of the sandbox, all on one port that no other ring has. */
export class Ring {
  readonly #defaults: NodeSettings;
  readonly #prefix: string;
  readonly #port = ports++;
  readonly #nodes: RingNode[] = [];

  /** `prefix`: of the nodes' addresses; a number is put behind it. */
  constructor(defaults: Partial<NodeSettings> = {}, prefix = "127.0.7.") {
    this.#defaults = { ...DEFAULTS, ...defaults };
    this.#prefix = prefix;
  }

  get nodes(): readonly RingNode[] {
    return this.#nodes;
  }

  /** `<host>:<port>` of a node that is or will be. */
  endpoint(number: number): string {
    const address = this.#address(number);
    return address.includes(":") ? `[${address}]:${this.#port}` : `${address}:${this.#port}`;
  }

  /** Starts node `number`, which joins the ones that are listed. */
  async start(
    number: number,
    kind: NodeKind,
    { join: peers = [], ...changes }: Partial<NodeSettings> & { readonly join?: readonly number[] } = {},
  ): Promise<RingNode> {
    await enterSandbox();
    const node = new RingNode(kind, {
      ...this.#defaults,
      ...changes,
      name: `node${number}`,
      address: this.#address(number),
      port: this.#port,
      join: peers.map((peer) => this.endpoint(peer)),
    });
    this.#nodes.push(node);
    await node.program.line((line) => line["is"] === "started");
    return node;
  }

  async end(): Promise<void> {
    await Promise.all(this.#nodes.splice(0).map((node) => node.kill()));
  }

  /** Waits until every running node, or each of `among`, says this of the whole ring: `{ node1: "alive" }`. */
  async untilAllSee(
    table: Readonly<Record<string, string>>,
    {
      among = this.#nodes,
      withinMillis = 15_000,
    }: { among?: readonly RingNode[]; withinMillis?: number } = {},
  ): Promise<void> {
    for (const node of among.filter(({ program }) => program.isRunning)) {
      await node.until(
        `${node.name} to see ${JSON.stringify(table)}`,
        () => sameTable(node.table(), table),
        withinMillis,
      );
    }
  }

  #address(number: number): string {
    return `${this.#prefix}${number}`;
  }
}

/** One node and what it has said. */
export class RingNode {
  readonly kind: NodeKind;
  readonly name: string;
  readonly endpoint: { readonly address: string; readonly port: number };
  readonly program: Program;
  readonly #process: ChildProcess;

  constructor(
    kind: NodeKind,
    settings: NodeSettings & { name: string; address: string; port: number; join: readonly string[] },
  ) {
    this.kind = kind;
    this.name = settings.name;
    this.endpoint = { address: settings.address, port: settings.port };
    const [program, ...args] =
      kind === "genuine" ? [genuineProgram] : [process.execPath, builtProgram("gossip-node.mjs")];
    this.#process = spawn(program ?? "", [...args, JSON.stringify(settings)], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    // A node that was killed does not read any more; what it was told is nobody's loss.
    this.#process.stdin?.on("error", () => undefined);
    this.program = new Program(`${kind} ${settings.name}`, this.#process);
  }

  tell(command: NodeCommand): void {
    this.#process.stdin?.write(`${JSON.stringify(command)}\n`);
  }

  /** As it was said last. */
  members(): readonly MemberLine[] {
    const line = this.program.lines.findLast((one) => one["is"] === "members");
    return (line?.["members"] ?? []) as readonly MemberLine[];
  }

  member(name: string): MemberLine | undefined {
    return this.members().find((member) => member.name === name);
  }

  /** The state of each, by name. */
  table(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.members().map(({ name, state }) => [name, state]));
  }

  /** States that it has ever said of a node, in order, each once in a row. */
  statesOf(name: string): readonly string[] {
    const states = this.program.lines
      .filter((line) => line["is"] === "members")
      .map(
        (line) =>
          (line["members"] as readonly MemberLine[]).find((member) => member.name === name)?.state ??
          "unknown",
      );
    return states.filter((state, index) => state !== states[index - 1]);
  }

  /** Texts of all lines of a kind: `message`, `state`. */
  said(kind: string): readonly string[] {
    return this.program.lines.filter((line) => line["is"] === kind).map((line) => String(line["text"]));
  }

  async until(what: string, isSo: () => boolean, withinMillis = 15_000): Promise<void> {
    try {
      await eventually(what, async () => isSo(), withinMillis);
    } catch (error) {
      throw new Error(`${String(error)}\n${this.program.name} said:\n${this.program.transcript()}`, {
        cause: error,
      });
    }
  }

  kill(): Promise<unknown> {
    return this.program.stop("SIGKILL");
  }
}

function sameTable(
  table: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean {
  const names = Object.keys(wanted);
  return Object.keys(table).length === names.length && names.every((name) => table[name] === wanted[name]);
}
