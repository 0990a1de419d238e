import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { stateName } from "./state-name.ts";
import { stepBgpSession } from "./step.ts";
import { describeEffect } from "./testing/describe-effects.ts";
import { config, helperMode, routerOpen } from "./testing/router-messages.ts";
import { parseScenarioLine } from "./testing/scenario-inputs.ts";
import { middle, SessionDriver } from "./testing/session-driver.ts";
import { type BgpSessionInput } from "./types.ts";

const start: BgpSessionInput = { kind: "start" };
const keepalive = { kind: "keepalive" } as const;
const openOfHelper = { ...routerOpen, capabilities: [...routerOpen.capabilities, helperMode] };

const dialling = () => new SessionDriver().give(start);
const openSent = () => dialling().connected(1);
const openConfirm = () => openSent().hear(1, openOfHelper);
const established = () => openConfirm().hear(1, keepalive).pass(20_000);
const up: BgpSessionInput = { kind: "bfd", state: "up" };
const down: BgpSessionInput = { kind: "bfd", state: "down" };

/** The session's connection is 1 where we dialled, 2 where the router did. */
const states: Readonly<Record<string, () => SessionDriver>> = {
  stopped: () => new SessionDriver(),
  "idle, waiting": () => openSent().give({ kind: "closed", connection: 1, because: "reset" }),
  "idle, waiting for BFD": () => established().give(up, down),
  "active, waiting to dial": () => dialling().give({ kind: "connect-failed", because: "refused" }),
  "active, passive": () => new SessionDriver({ passive: true }).give(start),
  connect: dialling,
  "open-sent": openSent,
  "open-sent, the router connected": () => dialling().connected(2, true),
  "open-sent, undecided": () => openSent().connected(2, true).hear(1, routerOpen),
  "open-confirm": openConfirm,
  "open-confirm, another held": () => openConfirm().connected(2, true),
  established,
  "established, challenged": () => established().connected(2, true),
};

const hears = (text: string) => (driver: SessionDriver) => {
  const [connection = 1] = [1, 2].filter((id) => isOpen(driver, id)).slice(-1);
  return parseScenarioLine(`from ${connection}: ${text}`) as BgpSessionInput;
};

function isOpen({ state: { phase } }: SessionDriver, id: number): boolean {
  if (phase.at === "established") return phase.session.id === id || phase.challenger?.id === id;
  return phase.at === "opening" && (phase.dialled?.id === id || phase.inbound?.id === id);
}

const given = (line: string) => () => parseScenarioLine(line) as BgpSessionInput;
const configured = (changes: Partial<typeof config>) => (): BgpSessionInput => ({
  kind: "configure",
  config: { ...config, ...changes },
});

/** Messages come on the connection that came last. */
const inputs: Readonly<Record<string, (driver: SessionDriver) => BgpSessionInput>> = {
  start: given("start"),
  "stop: roll-out": given("stop roll-out"),
  "stop: shut-down": given("stop shut-down"),
  "stop: deconfigured": given("stop deconfigured"),
  "configure: the same": configured({}),
  "configure: hold time": configured({ holdTimeSeconds: 30 }),
  "configure: keepalive": configured({ keepalive: 3000 }),
  "configure: passive": configured({ passive: true }),
  "configure: transport": configured({ transport: "elsewhere" }),
  retry: given("retry"),
  "connected: ours": given("connected 7"),
  "connected: the router's": given("inbound 8"),
  "connect failed": given("refused: no route to host"),
  OPEN: hears("open helper"),
  "OPEN of a wrong AS": hears("open as=65010"),
  KEEPALIVE: hears("keepalive"),
  UPDATE: hears("update +192.0.2.0/24"),
  "ROUTE-REFRESH": hears("refresh IPv4"),
  NOTIFICATION: hears("notification 6/4"),
  "NOTIFICATION of a collision": hears("notification 6/7"),
  garbage: () => ({ kind: "received", connection: 1, bytes: new Uint8Array(19) }),
  "closed: 1": given("closed 1"),
  "closed: 2": given("closed 2: reset"),
  "bytes of a connection that is over": given("bytes 99 00"),
  "timer: connect": () => ({ kind: "timer", timer: "connect" }),
  "timer: connect-retry": () => ({ kind: "timer", timer: "connect-retry" }),
  "timer: idle-hold": () => ({ kind: "timer", timer: "idle-hold" }),
  "timer: hold of 1": () => ({ kind: "timer", timer: "hold", connection: 1 }),
  "timer: hold of 2": () => ({ kind: "timer", timer: "hold", connection: 2 }),
  "timer: keepalive of 1": () => ({ kind: "timer", timer: "keepalive", connection: 1 }),
  "BFD up": () => up,
  "BFD down": () => down,
  "BFD down after up": () => down,
  "BFD admin-down": given("bfd admin-down"),
  "BFD waiting": given("bfd waiting"),
  "BFD says nothing": given("bfd none"),
  advertise: given("advertise 192.0.2.10/32"),
};

/** Timers fire when they are due; everything else happens 1.5 s later, when nobody is turned away any more. */
function cell(stateOf: () => SessionDriver, name: string): string {
  const driver = stateOf();
  if (name === "BFD down after up") driver.give(up);
  const input = inputs[name]?.(driver) ?? start;
  const armed = [...driver.armed.values()].find(
    ({ timer, connection }) =>
      input.kind === "timer" && timer === input.timer && connection === input.connection,
  );
  const now = armed === undefined ? driver.now : armed.at;
  const before = driver.state;
  const context = { now: now, random: middle, restarting: false };
  const quiet = { ...before, quietUntil: context.now };
  const { state, effects } = stepBgpSession(quiet, input, context);
  const lines = effects
    .filter(({ kind }) => kind !== "transition" && kind !== "disarm")
    .flatMap((effect) => describeEffect(effect, context.now))
    .map((line) => line.replace(/ AS 65000 .*/, "").replace(/^(established): .*/, "$1"));
  const moved = stateName(before.phase) === stateName(state.phase) ? [] : [`-> ${stateName(state.phase)}`];
  return [...moved, ...lines].join("; ") || "nothing";
}

const file = new URL("./step-matrix.txt", import.meta.url);

/** Blocks of a state each, with a line for each input: what came of it. */
function write(): string {
  const width = Math.max(...Object.keys(inputs).map((name) => name.length));
  const blocks = Object.entries(states).map(([state, stateOf]) => {
    const lines = Object.keys(inputs).map((input) => `${input.padEnd(width)} | ${cell(stateOf, input)}`);
    return [`# ${state}`, ...lines].join("\n");
  });
  return `${blocks.join("\n\n")}\n`;
}

if (process.env["UPDATE_SCENARIOS"] === "1") writeFileSync(file, write());

function read(): ReadonlyMap<string, string> {
  const blocks = readFileSync(file, "utf8").trim().split("\n\n");
  return new Map(
    blocks.flatMap((block) => {
      const [title = "", ...lines] = block.split("\n");
      return lines.map((line) => {
        const bar = line.indexOf(" | ");
        return [`${title.slice(2)} / ${line.slice(0, bar).trimEnd()}`, line.slice(bar + 3)] as const;
      });
    }),
  );
}

describe("every state and every input", () => {
  const expected = read();

  test("nothing is written down that is not played", () => {
    expect(expected.size).toBe(Object.keys(states).length * Object.keys(inputs).length);
  });

  for (const [state, stateOf] of Object.entries(states)) {
    test.each(Object.keys(inputs))(`${state} / %s`, (input) => {
      expect(cell(stateOf, input)).toBe(expected.get(`${state} / ${input}`));
    });
  }
});
