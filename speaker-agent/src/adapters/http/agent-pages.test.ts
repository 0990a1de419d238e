import { describe, expect, test } from "@jest/globals";
import { healthPages, metricsPages, type Wellbeing } from "./agent-pages.ts";
import { PrometheusMetrics } from "./prometheus-metrics.ts";

describe("healthPages", () => {
  test.each<[Omit<Wellbeing, "status">, [number, string], [number, string]]>([
    [{ whyNotHealthy: undefined, whyNotReady: undefined }, [200, "ok\n"], [200, "ok\n"]],
    [{ whyNotHealthy: undefined, whyNotReady: "waiting" }, [200, "ok\n"], [503, "waiting\n"]],
    [{ whyNotHealthy: "dead", whyNotReady: undefined }, [503, "dead\n"], [503, "dead\n"]],
  ])("%j", async (agent, healthz, readyz) => {
    const pages = healthPages({ ...agent, status: {} });
    const answerOf = async (path: string) => {
      const answer = await pages[path]?.();
      return [answer?.status, answer?.body];
    };
    expect(await answerOf("/healthz")).toEqual(healthz);
    expect(await answerOf("/readyz")).toEqual(readyz);
  });
});

test("the status is JSON for people", async () => {
  const agent = { whyNotHealthy: undefined, whyNotReady: undefined, status: { node: "a" } };
  expect(await healthPages(agent)["/status.json"]?.()).toEqual({
    status: 200,
    body: '{\n  "node": "a"\n}\n',
    contentType: "application/json",
  });
});

test("the metrics page is in Prometheus' text format", async () => {
  const answer = await metricsPages(new PrometheusMetrics({ nodeName: "a" }))["/metrics"]?.();
  expect(answer?.status).toBe(200);
  expect(answer?.contentType).toContain("version=0.0.4");
  expect(answer?.body).toContain("# TYPE metallb_speaker_announced gauge");
});
