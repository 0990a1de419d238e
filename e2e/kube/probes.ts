import { setTimeout as pause } from "node:timers/promises";
import { type NetworkNamespace } from "../topology/namespace.ts";
import { type ContainerSpec, type ProbeSpec } from "./pod-object.ts";

/** What probes find out; called when something changed. */
export interface ProbeListener {
  started(): void;
  ready(isReady: boolean): void;
  /** The container has to be killed: its startup or its liveness failed too often. */
  failed(probe: "startup" | "liveness"): void;
}

/** Asks from the node, as a kubelet does, until `signal`. */
export async function runProbes(
  container: ContainerSpec,
  from: NetworkNamespace,
  podIp: string,
  listener: ProbeListener,
  signal: AbortSignal,
): Promise<void> {
  const { startupProbe, livenessProbe, readinessProbe } = container;
  const ask = (probe: ProbeSpec): Promise<boolean> => answers(probe, from, podIp);
  if (startupProbe !== undefined && !(await untilSucceeds(startupProbe, ask, signal))) {
    if (!signal.aborted) listener.failed("startup");
    return;
  }
  if (signal.aborted) return;
  listener.started();
  if (readinessProbe === undefined) listener.ready(true);
  else void repeat(readinessProbe, ask, signal, (isReady) => listener.ready(isReady));
  if (livenessProbe !== undefined)
    void repeat(livenessProbe, ask, signal, (isAlive) => {
      if (!isAlive) listener.failed("liveness");
    });
}

type Ask = (probe: ProbeSpec) => Promise<boolean>;

async function untilSucceeds(probe: ProbeSpec, ask: Ask, signal: AbortSignal): Promise<boolean> {
  await seconds(probe.initialDelaySeconds ?? 0, signal);
  for (let failures = 0; failures < (probe.failureThreshold ?? 3) && !signal.aborted; failures += 1) {
    if (await ask(probe)) return true;
    await seconds(probe.periodSeconds ?? 10, signal);
  }
  return false;
}

/** Tells what is true once it was so often enough in a row. */
async function repeat(
  probe: ProbeSpec,
  ask: Ask,
  signal: AbortSignal,
  tell: (verdict: boolean) => void,
): Promise<void> {
  let [successes, failures] = [0, 0];
  await seconds(probe.initialDelaySeconds ?? 0, signal);
  while (!signal.aborted) {
    const isGood = await ask(probe);
    [successes, failures] = isGood ? [successes + 1, 0] : [0, failures + 1];
    if (signal.aborted) return;
    if (successes >= (probe.successThreshold ?? 1)) tell(true);
    if (failures >= (probe.failureThreshold ?? 3)) tell(false);
    await seconds(probe.periodSeconds ?? 10, signal);
  }
}

async function answers(probe: ProbeSpec, from: NetworkNamespace, podIp: string): Promise<boolean> {
  const { host = podIp, path, port } = probe.httpGet;
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}${path}`;
  const limit = String(probe.timeoutSeconds ?? 1);
  const { status } = await from.attempt("curl", ["-fsS", "-o", "/dev/null", "--max-time", limit, url]);
  return status === 0;
}

async function seconds(count: number, signal: AbortSignal): Promise<void> {
  await pause(count * 1000, undefined, { signal }).catch(() => undefined);
}
