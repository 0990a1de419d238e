import { type HttpAnswer, type HttpRoute } from "@steelyard/client/program";
import { type PrometheusMetrics } from "./prometheus-metrics.ts";

/** An answer to a probe, with the sentence that explains it. */
export interface Health {
  readonly ok: boolean;
  readonly because: string;
}

export interface Examined {
  readonly liveness: Health;
  readonly readiness: Health;
}

/** `/healthz`: start the program anew when this fails. `/readyz`: it does its work, or stands by to do it. */
export function healthPages(operator: Examined): Readonly<Record<string, HttpRoute>> {
  return {
    "/healthz": () => Promise.resolve(answer(operator.liveness)),
    "/readyz": () => Promise.resolve(answer(operator.liveness.ok ? operator.readiness : operator.liveness)),
  };
}

export function metricsPages(metrics: PrometheusMetrics): Readonly<Record<string, HttpRoute>> {
  return {
    "/metrics": async () => ({ status: 200, body: await metrics.page(), contentType: metrics.contentType }),
  };
}

function answer({ ok, because }: Health): HttpAnswer {
  return { status: ok ? 200 : 503, body: `${because}\n` };
}
