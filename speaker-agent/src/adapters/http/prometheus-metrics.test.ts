import { beforeEach, describe, expect, test } from "@jest/globals";
import { ip } from "../../core/wire/testing/ip.ts";
import { PrometheusMetrics } from "./prometheus-metrics.ts";

describe("PrometheusMetrics", () => {
  let metrics: PrometheusMetrics;
  beforeEach(() => {
    metrics = new PrometheusMetrics({ nodeName: "node-a" });
  });

  async function lines(prefix: string): Promise<string[]> {
    return (await metrics.page()).split("\n").filter((line) => line.startsWith(prefix));
  }

  test("shows what is announced, and drops what is not any more", async () => {
    metrics.setAnnounced([
      { service: "default/web", address: ip("192.0.2.1") },
      { service: "default/web", address: ip("2001:db8::1") },
    ]);
    metrics.setAnnounced([{ service: "default/web", address: ip("2001:db8::1") }]);
    expect(await lines("metallb_speaker_announced")).toEqual([
      'metallb_speaker_announced{service="default/web",protocol="layer2",node="node-a",ip="2001:db8::1"} 1',
    ]);
  });

  test("adds up the worker's totals, across its restart, and drops addresses that are gone", async () => {
    const of = (requests: number) => ({ requests, responses: requests - 1, gratuitous: 2 });
    metrics.setLayer2Counters([
      { address: ip("192.0.2.1"), ...of(5) },
      { address: ip("192.0.2.2"), ...of(9) },
    ]);
    metrics.setLayer2Counters([{ address: ip("192.0.2.1"), ...of(7) }]);
    expect(await lines("metallb_layer2")).toEqual([
      'metallb_layer2_requests_received{ip="192.0.2.1"} 7',
      'metallb_layer2_responses_sent{ip="192.0.2.1"} 6',
      'metallb_layer2_gratuitous_sent{ip="192.0.2.1"} 2',
    ]);
    metrics.setLayer2Counters([{ address: ip("192.0.2.1"), ...of(3) }]);
    expect(await lines("metallb_layer2_requests_received")).toEqual([
      'metallb_layer2_requests_received{ip="192.0.2.1"} 10',
    ]);
  });

  test("counts updates and says whether the configuration is in force", async () => {
    metrics.countUpdate("ok");
    metrics.countUpdate("failed");
    metrics.setConfiguration({ loaded: true, stale: true });
    expect(await lines("metallb_k8s_client")).toEqual([
      "metallb_k8s_client_config_loaded_bool 1",
      "metallb_k8s_client_config_stale_bool 1",
      "metallb_k8s_client_updates_total 2",
      "metallb_k8s_client_update_errors_total 1",
    ]);
  });

  test("says what the process costs", async () => {
    const page = await metrics.page();
    expect(Number(/^process_resident_memory_bytes (\S+)$/m.exec(page)?.[1])).toBeGreaterThan(1e6);
    expect(Number(/^process_cpu_seconds_total (\S+)$/m.exec(page)?.[1])).toBeGreaterThan(0);
    expect(Number(/^process_start_time_seconds (\S+)$/m.exec(page)?.[1])).toBeGreaterThan(1.7e9);
  });
});
