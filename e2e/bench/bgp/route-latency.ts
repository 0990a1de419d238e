import { setTimeout as pause } from "node:timers/promises";
import { deadline } from "../../topology/eventually.ts";
import { monotonicMillis } from "../../topology/monotonic.ts";
import { type RouterLab, type Site } from "../../topology/router-lab.ts";
import { type Figure, median, quantile } from "../figure.ts";
import { BirdConsole } from "./bird-console.ts";
import { FrrConsole } from "./frr-console.ts";
import { KernelRoutes } from "./kernel-routes.ts";

const address = (round: number): string => `10.129.0.${round + 1}`;

/** Milliseconds from the request that writes a Service's status to its route, by where the route is. */
export interface RouteLatency {
  readonly frrTable: readonly number[];
  readonly frrKernel: readonly number[];
  readonly birdTable: readonly number[];
  readonly birdKernel: readonly number[];
}

/** Whoever speaks on node 1 has sessions with both routers. */
export async function measureRouteLatency(
  { lab }: RouterLab,
  { frr, bird }: { readonly frr: Site; readonly bird: Site },
  rounds: number,
): Promise<RouteLatency> {
  const consoles = [await FrrConsole.open(frr.router), await BirdConsole.open(bird.router)] as const;
  const kernels = [KernelRoutes.watch(frr.router.host), KernelRoutes.watch(bird.router.host)] as const;
  const latency = { frrTable: [], frrKernel: [], birdTable: [], birdKernel: [] } as Record<
    keyof RouteLatency,
    number[]
  >;
  for (let round = 0; round < rounds; round++) {
    const name = `timed-${round}`;
    const ip = address(round);
    await lab.createService(name, "IPv4", { endpointsOn: [1] });
    // The endpoints are known, and nobody is busy any more.
    await pause(250);
    const began = monotonicMillis();
    const written = lab.patchServiceStatus(name, { loadBalancer: { ingress: [{ ip }] } });
    const [inFrr, inBird] = await Promise.all(consoles.map((router) => untilThere(router, `${ip}/32`)));
    await written;
    latency.frrTable.push((inFrr ?? 0) - began);
    latency.birdTable.push((inBird ?? 0) - began);
    const [toFrr, toBird] = await Promise.all(kernels.map((kernel) => untilKnown(kernel, ip)));
    latency.frrKernel.push((toFrr ?? 0) - began);
    latency.birdKernel.push((toBird ?? 0) - began);
    await lab.removeService(name);
  }
  for (const router of consoles) router.close();
  for (const kernel of kernels) await kernel.stop();
  return latency;
}

function p50(values: readonly number[]): string {
  return `${median(values).toFixed(1)} ms`;
}

export function latencyFigure(name: string, values: readonly number[], goalMillis?: number): Figure {
  const value = `${p50(values)}, p90 ${quantile(values, 0.9).toFixed(0)}`;
  if (goalMillis === undefined) return { name, value };
  return { name, value, goal: `p50 ≤ ${goalMillis} ms`, met: median(values) <= goalMillis };
}

async function untilThere(
  router: { readonly has: (prefix: string) => Promise<boolean> },
  prefix: string,
): Promise<number> {
  const limit = deadline(10_000);
  while (!(await router.has(prefix))) {
    if (limit.passed) throw new Error(`${prefix} did not come`);
    await pause(1);
  }
  return monotonicMillis();
}

async function untilKnown(kernel: KernelRoutes, address: string): Promise<number> {
  const limit = deadline(10_000);
  for (;;) {
    const at = kernel.addedAt(address);
    if (at !== undefined) return at;
    if (limit.passed) throw new Error(`no route to ${address} in the router's kernel`);
    await pause(1);
  }
}
