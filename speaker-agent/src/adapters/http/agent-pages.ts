import { type HttpAnswer, type HttpRoute } from "@steelyard/client/program";
import { type PrometheusMetrics } from "./prometheus-metrics.ts";

/** What the probes ask. Each answer is a sentence that says what is wrong; undefined = nothing is. */
export interface Wellbeing {
  readonly whyNotHealthy: string | undefined;
  readonly whyNotReady: string | undefined;
}

/** `/healthz`: start the program anew when this fails. `/readyz`: it does its work. */
export function healthPages(agent: Wellbeing): Readonly<Record<string, HttpRoute>> {
  return {
    "/healthz": () => Promise.resolve(verdict(agent.whyNotHealthy)),
    "/readyz": () => Promise.resolve(verdict(agent.whyNotHealthy ?? agent.whyNotReady)),
  };
}

export function metricsPages(metrics: PrometheusMetrics): Readonly<Record<string, HttpRoute>> {
  return {
    "/metrics": async () => ({ status: 200, body: await metrics.page(), contentType: metrics.contentType }),
  };
}

function verdict(whyNot: string | undefined): HttpAnswer {
  return whyNot === undefined ? { status: 200, body: "ok\n" } : { status: 503, body: `${whyNot}\n` };
}
