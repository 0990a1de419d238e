import { spawn } from "node:child_process";
import { cpus } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { systemClock } from "../../cluster/clock.ts";
import { plan } from "../../topology/addressing.ts";
import { deadline, eventually } from "../../topology/eventually.ts";
import { monotonicMillis } from "../../topology/monotonic.ts";
import { type LogLine, type Program } from "../../topology/program.ts";
import { type Site } from "../../topology/router-lab.ts";
import { type Router } from "../../topology/routers/router.ts";
import { holdMainThread } from "../agent/held-main-thread.ts";
import { type Figure, median, notMeasured, withGoal } from "../figure.ts";
import { KernelRoutes } from "./kernel-routes.ts";

export const bfd = { receiveMillis: 50, transmitMillis: 50, multiplier: 3 } as const;
const detectMillis = bfd.receiveMillis * bfd.multiplier;
const beyondMillis = 20;

const holds = 5;
/** As long as the tool holds it. */
const heldMillis = 1_200;
const failures = 5;
const neighbor = plan.nodeAddress4(1);

/** Sessions that must stand: with the main thread held again and again, while both cores compute something else. */
export async function measureBfdUnderLoad(agent: Program, routers: readonly Site[]): Promise<Figure[]> {
  for (const { router } of routers) await untilUp(router);
  const before = await sessionsOf(routers);
  const busy = cpus().map(() => spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }));
  for (let round = 0; round < holds; round++) {
    const holder = await holdMainThread(agent);
    await pause(heldMillis);
    await holder.stop();
  }
  for (const each of busy) each.kill("SIGKILL");
  const after = await sessionsOf(routers);
  const lost = before.filter((identity, index) => identity !== after[index]).length;
  return [
    withGoal(
      `BFD ${bfd.multiplier} × ${bfd.receiveMillis} ms, main thread held ${holds} × 1.2 s, all cores busy: sessions lost`,
      `${lost} of ${before.length}`,
      "0",
      lost === 0,
    ),
  ];
}

async function sessionsOf(routers: readonly Site[]): Promise<readonly string[]> {
  const sessions = await Promise.all(routers.map(({ router }) => router.session(neighbor)));
  return sessions.map((session) => session?.identity ?? "");
}

/** A router stands still: from that moment to the end of the session at our side, and what of it came after BFD had noticed. */
export async function measureDetection(agent: Program, routers: readonly Site[]): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const site of routers) {
    const detections: Detection[] = [];
    for (let round = 0; round < failures; round++) detections.push(await freezeRouter(agent, site));
    const totals = detections.map(({ total }) => total);
    const reactions = detections.map(({ reaction }) => reaction);
    figures.push(
      detectionFigure(`${site.router.kind} stands still → its session is over at the agent`, totals),
      withGoal(
        `the same, from BFD's detection on`,
        `max ${Math.max(...reactions).toFixed(0)} ms`,
        `≤ ${beyondMillis} ms`,
        Math.max(...reactions) <= beyondMillis,
      ),
    );
  }
  return figures;
}

/** The agent stands still: until the router's kernel has no route through it. The router's own doing, for the most part. */
export async function measureWithdrawal(
  agent: Program,
  routers: readonly Site[],
  address: string,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const site of routers) {
    const kernel = KernelRoutes.watch(site.router.host);
    const millis: number[] = [];
    for (let round = 0; round < failures; round++) {
      await untilUp(site.router);
      await site.router.untilNextHops(`${address}/32`, 1);
      const began = monotonicMillis();
      agent.process.kill("SIGSTOP");
      await until(() => (kernel.deletedAt(address) ?? 0) > began, "the route to go");
      millis.push((kernel.deletedAt(address) ?? 0) - began);
      agent.process.kill("SIGCONT");
    }
    await kernel.stop();
    const { name, value } = detectionFigure(
      `agent stands still → route gone from the kernel of ${site.router.kind}`,
      millis,
    );
    figures.push({ name, value });
  }
  return figures;
}

function detectionFigure(name: string, millis: readonly number[]): Figure {
  const most = detectMillis + beyondMillis;
  if (millis.length === 0) return notMeasured(name, "no round came to an end");
  const value = `p50 ${median(millis).toFixed(0)} ms, max ${Math.max(...millis).toFixed(0)}`;
  return withGoal(name, value, `≤ ${detectMillis} + ${beyondMillis} ms`, Math.max(...millis) <= most);
}

interface Detection {
  readonly total: number;
  readonly reaction: number;
}

/** By the times in the agent's log: its lines reach us many milliseconds later, in one piece. */
async function freezeRouter(agent: Program, { router, address4 }: Site): Promise<Detection> {
  await untilUp(router);
  const known = agent.lines.length;
  const find = (isIt: (line: LogLine) => boolean): number | undefined => {
    const line = agent.lines.slice(known).find((each) => isIt(each) && namesPeer(each, address4));
    return line && Date.parse(String(line["ts"]));
  };
  // The agent's log is dated by the wall clock.
  const began = Date.parse(systemClock.timestamp());
  for (const program of router.programs) program.process.kill("SIGSTOP");
  try {
    await until(() => find(isEnd) !== undefined, "the agent to end the session");
    const [detected = Number.NaN, ended = Number.NaN] = [find(isDetection), find(isEnd)];
    return { total: ended - began, reaction: ended - detected };
  } finally {
    for (const program of router.programs) program.process.kill("SIGCONT");
  }
}

function isDetection(line: LogLine): boolean {
  return line["from"] === "up" && line["to"] === "down";
}

/** A line of the level of debug: those of a level above are told sparingly of a router that flaps. */
function isEnd(line: LogLine): boolean {
  return line["event"] === "sessionState" && line["from"] === "established";
}

function namesPeer(line: LogLine, address: string): boolean {
  return JSON.stringify(line).includes(address);
}

async function untilUp(router: Router): Promise<void> {
  await router.untilEstablished(neighbor, 60_000);
  await eventually("BFD to be up", async () =>
    (await router.bfdSessions()).some(({ peer, state }) => peer === neighbor && state === "up"),
  );
  // Three intervals, so that no slow start is still in force.
  await pause(1_500);
}

async function until(isSo: () => boolean, what: string): Promise<void> {
  const limit = deadline(5_000);
  while (!isSo()) {
    if (limit.passed) throw new Error(`waited in vain for ${what}`);
    await pause(1);
  }
}
