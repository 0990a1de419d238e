import { type HttpAnswer, type HttpRoute } from "@steelyard/client/program";
import { type PrometheusMetrics } from "./prometheus-metrics.ts";

/** What the probes ask. Each answer is a sentence that says what is wrong; undefined = nothing is. */
export interface Wellbeing {
  readonly whyNotHealthy: string | undefined;
  readonly whyNotReady: string | undefined;
  /** Anything that is JSON. */
  readonly status: object;
}

/** `/healthz`: start the program anew when this fails. `/readyz`: it does its work. `/status.json`: what it knows. */
export function healthPages(agent: Wellbeing): Readonly<Record<string, HttpRoute>> {
  return {
    "/healthz": () => Promise.resolve(verdict(agent.whyNotHealthy)),
    "/status.json": () => Promise.resolve(json(agent.status)),
    "/readyz": () => Promise.resolve(verdict(agent.whyNotHealthy ?? agent.whyNotReady)),
  };
}

export function metricsPages(metrics: PrometheusMetrics): Readonly<Record<string, HttpRoute>> {
  return {
    "/metrics": async () => ({ status: 200, body: await metrics.page(), contentType: metrics.contentType }),
  };
}

function json(value: object): HttpAnswer {
  return { status: 200, body: `${JSON.stringify(value, undefined, 2)}\n`, contentType: "application/json" };
}

function verdict(whyNot: string | undefined): HttpAnswer {
  return whyNot === undefined ? { status: 200, body: "ok\n" } : { status: 503, body: `${whyNot}\n` };
}
