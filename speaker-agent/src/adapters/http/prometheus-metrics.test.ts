import { beforeEach, describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { ip } from "../../core/wire/testing/ip.ts";
import { type Layer2State } from "../../ports/agent-metrics.ts";
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
    metrics.setAnnounced("bgp", [{ service: "default/web", address: ip("192.0.2.1") }]);
    metrics.setAnnounced("layer2", [
      { service: "default/web", address: ip("192.0.2.1") },
      { service: "default/web", address: ip("2001:db8::1") },
    ]);
    metrics.setAnnounced("layer2", [{ service: "default/web", address: ip("2001:db8::1") }]);
    expect(await lines("metallb_speaker_announced")).toEqual([
      'metallb_speaker_announced{service="default/web",protocol="bgp",node="node-a",ip="192.0.2.1"} 1',
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

  const quiet: Layer2State = {
    owned: [],
    addresses: { electable: 0, unowned: 0, owned: 0, announced: 0, held: 0, unannounceable: 0 },
    policy: "sticky",
    members: [],
    drops: {},
    checked: { Reachable: 0, NobodyAnswers: 0, TwoAnswer: 0, ForeignHost: 0 },
  };

  test("shows what this node owns and how the others' addresses stand, and drops what is not any more", async () => {
    metrics.setLayer2State({ ...quiet, owned: [ip("192.0.2.1"), ip("2001:db8::1")] });
    metrics.setLayer2State({
      ...quiet,
      owned: [ip("2001:db8::1")],
      addresses: { ...quiet.addresses, electable: 3, unowned: 1, owned: 1 },
    });
    expect(await lines("steelyard_l2_owner{")).toEqual([
      'steelyard_l2_owner{ip="2001:db8::1",node="node-a"} 1',
    ]);
    expect(await lines("steelyard_l2_addresses{")).toEqual([
      'steelyard_l2_addresses{state="electable"} 3',
      'steelyard_l2_addresses{state="unowned"} 1',
      'steelyard_l2_addresses{state="owned"} 1',
      'steelyard_l2_addresses{state="announced"} 0',
      'steelyard_l2_addresses{state="held"} 0',
      'steelyard_l2_addresses{state="unannounceable"} 0',
    ]);
  });

  test("shows the ring and the policy in force", async () => {
    const alive = { state: "alive", kind: "steelyard" } as const;
    metrics.setLayer2State({
      ...quiet,
      policy: "hash",
      members: [
        { name: "a", ...alive },
        { name: "b", ...alive },
        { name: "c", state: "suspect", kind: "metallb" },
      ],
    });
    expect(await lines("steelyard_l2_members{")).toEqual([
      'steelyard_l2_members{kind="steelyard",state="alive"} 2',
      'steelyard_l2_members{kind="metallb",state="suspect"} 1',
    ]);
    expect(await lines("steelyard_l2_owner_policy{")).toEqual([
      'steelyard_l2_owner_policy{policy="sticky"} 0',
      'steelyard_l2_owner_policy{policy="hash"} 1',
    ]);
    metrics.setLayer2State(quiet);
    expect(await lines("steelyard_l2_members{")).toEqual([]);
  });

  test("adds up drops and checks across a restart of the worker", async () => {
    for (const total of [5, 7, 3]) {
      metrics.setLayer2State({
        ...quiet,
        drops: { "not-ours": total },
        checked: { ...quiet.checked, Reachable: total },
      });
    }
    expect(await lines("steelyard_l2_frames_dropped_total{")).toEqual([
      'steelyard_l2_frames_dropped_total{reason="not-ours"} 10',
    ]);
    expect(await lines("steelyard_l2_checks_total{")).toContain(
      'steelyard_l2_checks_total{verdict="Reachable"} 10',
    );
  });

  test("counts moves by cause, and how long detection and takeover took", async () => {
    const move = { address: ip("192.0.2.1"), from: "node-b", to: "node-a" };
    metrics.countMove({ ...move, cause: "holder-gone", detectionMillis: 210, takeoverMillis: 4 });
    metrics.countMove({ ...move, cause: "left", detectionMillis: undefined, takeoverMillis: undefined });
    expect(await lines("steelyard_l2_moves_total{")).toEqual([
      'steelyard_l2_moves_total{cause="holder-gone"} 1',
      'steelyard_l2_moves_total{cause="left"} 1',
    ]);
    const detection = await lines("steelyard_l2_detection_seconds");
    expect(detection).toContain('steelyard_l2_detection_seconds_bucket{le="0.2"} 0');
    expect(detection).toContain('steelyard_l2_detection_seconds_bucket{le="0.3"} 1');
    expect(await lines("steelyard_l2_takeover_seconds_sum")).toEqual([
      "steelyard_l2_takeover_seconds_sum 0.004",
    ]);
  });

  test("counts conflicts, all kinds from the start, and shows suspended exclusions", async () => {
    metrics.countConflicts("held", 2);
    metrics.setSuspended(["default/web", "default/dns"]);
    metrics.setSuspended(["default/dns"]);
    expect(await lines("steelyard_l2_conflicts_total{")).toEqual([
      'steelyard_l2_conflicts_total{kind="held"} 2',
      'steelyard_l2_conflicts_total{kind="defended"} 0',
      'steelyard_l2_conflicts_total{kind="two-owners"} 0',
    ]);
    expect(await lines("steelyard_l2_exclusion_suspended{")).toEqual([
      'steelyard_l2_exclusion_suspended{service="default/dns"} 1',
    ]);
  });

  test("docs/metrics.md lists what the page has, no more and no less", async () => {
    const page = readFileSync(new URL("../../../../docs/metrics.md", import.meta.url), "utf8");
    const section = page.slice(page.indexOf("## The speaker agent"));
    const documented = [...section.matchAll(/^\| `([a-z0-9_]+)` +\| (gauge|counter|histogram) +\|/gm)].map(
      ([, name, type]) => `${name} ${type}`,
    );
    const types = await lines("# TYPE ");
    const shown = types
      .map((line) => line.replace("# TYPE ", ""))
      .filter((line) => !line.startsWith("process_"));
    expect(documented.sort()).toEqual(shown.sort());
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
