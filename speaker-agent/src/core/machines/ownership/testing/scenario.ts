import { Outages } from "./outage.ts";
import { snapshotOf } from "./snapshots.ts";
import { type Plane, World } from "./world.ts";

const SEPARATOR = "----";

/**
 * Runs a scenario and gives it back with what really happened. The text is made of blocks, separated by empty lines:
 * comments, then commands, then `----`, then everything that happened, in order. Commands:
 *
 *     nodes a b c               the cluster; speakers m n: of them, speakers of MetalLB
 *     addresses 192.0.2.10      what is to be announced
 *     candidates a b=10         who may announce it, with preferences; default all
 *     start a, crash a, kill a, pause a 5s, drain a
 *     part gossip,segment a b   these on one side, the others on the other; heal gossip,segment
 *     cut-api a, restore-api a
 *     wait 5s
 */
export function runScenario(text: string): string {
  const stage = new Stage();
  const blocks = text
    .trim()
    .split(/\n\n+/)
    .map((block) => runBlock(block, stage));
  return `${blocks.join("\n\n")}\n`;
}

function runBlock(block: string, stage: Stage): string {
  const lines = block.split("\n");
  const end = lines.indexOf(SEPARATOR);
  const given = end === -1 ? lines : lines.slice(0, end);
  const commands = given.filter((line) => line !== "" && !line.startsWith("#"));
  if (commands.length === 0) return given.join("\n");
  for (const command of commands) stage.play(command);
  const happened = stage.happened();
  return [...given, SEPARATOR, ...(happened.length === 0 ? ["nothing"] : happened)].join("\n");
}

class Stage {
  #world = new World({ nodes: [], seed: 1 });
  #outages = new Outages(this.#world, []);
  #nodes: readonly string[] = [];
  #addresses: readonly string[] = [];
  #candidates: readonly string[] = [];
  #version = 0;
  #began = 0;

  play(line: string): void {
    const [command = "", ...words] = line.split(" ");
    const [first = ""] = words;
    const world = this.#world;
    switch (command) {
      case "nodes":
        this.#nodes = words;
        this.#candidates = words;
        this.#world = new World({ nodes: words, seed: 1 });
        return;
      case "speakers":
        for (const node of words) world.node(node).isSpeaker = true;
        return;
      case "agents":
        for (const node of words) world.node(node).isSpeaker = false;
        return;
      case "addresses":
        this.#addresses = words;
        this.#outages = new Outages(world, words);
        return this.#publish();
      case "candidates":
        this.#candidates = words;
        return this.#publish();
      case "part":
        for (const plane of planesOf(first)) world.part(plane, words.slice(1));
        return;
      case "heal":
        for (const plane of planesOf(first)) world.heal(plane);
        return;
      case "pause":
        return world.pause(first, millisOf(words[1]));
      case "wait":
        return world.run(millisOf(first));
      default:
        for (const node of words) this.#toNode(command, node);
    }
  }

  #toNode(command: string, node: string): void {
    const world = this.#world;
    switch (command) {
      case "start":
        return world.start(node);
      case "crash":
        return world.crash(node);
      case "kill":
        return world.kill(node);
      case "drain":
        return world.drain(node);
      case "cut-api":
        return world.setApiLag(node, undefined);
      case "restore-api":
        return world.setApiLag(node, 5);
      default:
        throw new Error(`no command ${command}`);
    }
  }

  #publish(): void {
    this.#version += 1;
    const parted = this.#candidates.map((word) => word.split("="));
    const preferred = Object.fromEntries(
      parted.flatMap(([node = "", preference]) =>
        preference === undefined ? [] : [[node, Number(preference)]],
      ),
    );
    const candidates = parted.map(([node = ""]) => node);
    const options = { version: this.#version, preferred, ready: this.#nodes };
    this.#world.publish(snapshotOf(this.#addresses, candidates, options));
  }

  /** Since the last block, in the order of time; then who answers, and for how long somebody did not. */
  happened(): readonly string[] {
    const world = this.#world;
    const lines = world.moves.map(
      ({ at, address, from = "nobody", to, cause }) =>
        [at, `${to}: ${address} moved from ${from} to ${to} (${cause})`] as const,
    );
    const logs = world.logs.map((line) => {
      const space = line.indexOf(" ");
      return [Number(line.slice(0, space)), line.slice(space + 1)] as const;
    });
    const told = [...lines, ...logs]
      .sort(([left], [right]) => left - right)
      .map(([at, line]) => `at +${at - this.#began}ms ${line}`);
    const answers = this.#addresses.map(
      (address) => `${address} is answered by ${world.answering(address).join(" and ") || "nobody"}`,
    );
    const outage = [
      `longest without an answer ${this.#outages.longest("nobody")} ms, with two ${this.#outages.longest("several")} ms`,
    ];
    world.moves.length = 0;
    world.logs.length = 0;
    this.#began = world.now;
    this.#outages.reset();
    return [...told, ...answers, ...outage];
  }
}

function planesOf(text: string): readonly Plane[] {
  return text.split(",").map((plane) => {
    if (plane !== "gossip" && plane !== "segment") throw new Error(`no plane ${plane}`);
    return plane;
  });
}

function millisOf(text = ""): number {
  const match = /^([0-9]+)(ms|s)$/.exec(text);
  if (match === null) throw new Error(`no time: ${text}`);
  return Number(match[1]) * (match[2] === "s" ? 1000 : 1);
}
