import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { type OperatorReadings } from "../../ports/operator-metrics.ts";
import { PrometheusMetrics } from "./prometheus-metrics.ts";

const usage = {
  IPv4: { assigned: 3n, capacity: 256n },
  IPv6: { assigned: 1n, capacity: 2n ** 64n },
  services: 3,
};

const readings = {
  isLeader: true,
  writesLeft: 480,
  takesWrites: true,
  gateClosings: 1,
  term: {
    queues: { Service: { ready: 4, working: 8, delayed: 2, shutOut: 1 } },
    pendingServices: 7,
    contestedServices: 2,
    isConfigurationStale: false,
  },
};

async function seriesOf(metrics: PrometheusMetrics, prefix: RegExp): Promise<readonly string[]> {
  return (await metrics.page()).split("\n").filter((line) => prefix.test(line));
}

test("the page has MetalLB's names and labels, and forgets a pool with the pool", async () => {
  const metrics = new PrometheusMetrics();
  metrics.setPoolUsage("edge", usage);
  metrics.readFrom(() => ({ ...readings, term: { ...readings.term, isConfigurationStale: true } }));
  metrics.countUpdate({ kind: "Service", failed: false, seconds: 0.002 });
  metrics.countUpdate({ kind: "Service", failed: true, seconds: 0.2 });
  const others = [
    "metallb_k8s_client_updates_total 2",
    "metallb_k8s_client_update_errors_total 1",
    "metallb_k8s_client_config_loaded_bool 1",
    "metallb_k8s_client_config_stale_bool 1",
  ];
  expect(await seriesOf(metrics, /^metallb_/)).toEqual([
    'metallb_allocator_addresses_total{pool="edge"} 9223372036854776000',
    'metallb_allocator_addresses_in_use_total{pool="edge"} 4',
    'metallb_allocator_ipv4_addresses_total{pool="edge"} 256',
    'metallb_allocator_ipv6_addresses_total{pool="edge"} 9223372036854776000',
    'metallb_allocator_ipv4_addresses_in_use_total{pool="edge"} 3',
    'metallb_allocator_ipv6_addresses_in_use_total{pool="edge"} 1',
    'metallb_allocator_services_allocated_total{pool="edge"} 3',
    ...others,
  ]);
  metrics.removePool("edge");
  expect(await seriesOf(metrics, /^metallb_/)).toEqual(others);
});

test("what the shell counts is on the page", async () => {
  const metrics = new PrometheusMetrics();
  metrics.countUpdate({ kind: "Service", failed: false, seconds: 0.002 });
  metrics.countUpdate({ kind: "Service", failed: true, seconds: 0.2 });
  metrics.countWrite("Service", "written");
  metrics.countWrite("Service", "written");
  metrics.countWrite("IPAddressPool", "failed");
  metrics.countBudgetDelay();
  metrics.countDroppedEvents(3);
  metrics.countAddressChange("in-no-pool");
  metrics.countAddressChange("in-no-pool");
  const series = await seriesOf(metrics, /^steelyard_/);
  const counted = series.filter((line) => !/duration_seconds|[^\d]0$/.test(line));
  expect(counted).toEqual([
    'steelyard_address_changes_total{cause="in-no-pool"} 2',
    'steelyard_writes_total{kind="Service",outcome="written"} 2',
    'steelyard_writes_total{kind="IPAddressPool",outcome="failed"} 1',
    "steelyard_write_budget_delays_total 1",
    "steelyard_events_dropped_total 3",
  ]);
  expect(series).toContain('steelyard_reconcile_duration_seconds_bucket{le="0.0025",kind="Service"} 1');
  expect(series).toContain('steelyard_reconcile_duration_seconds_count{kind="Service"} 2');
});

test("a cause, and what became of a write, is there with a nought before it is counted first", async () => {
  const metrics = new PrometheusMetrics();
  expect(await seriesOf(metrics, /^steelyard_address_changes_total/)).toEqual([
    'steelyard_address_changes_total{cause="in-no-pool"} 0',
    'steelyard_address_changes_total{cause="family-not-served"} 0',
    'steelyard_address_changes_total{cause="held-by-another"} 0',
    'steelyard_address_changes_total{cause="quarantined"} 0',
    'steelyard_address_changes_total{cause="surplus"} 0',
    'steelyard_address_changes_total{cause="request"} 0',
  ]);
  const writes = await seriesOf(metrics, /^steelyard_writes_total/);
  expect(writes).toContain('steelyard_writes_total{kind="Service",outcome="failed"} 0');
  expect(writes).toContain('steelyard_writes_total{kind="BGPPeer",outcome="written"} 0');
});

test("readings and the reflectors' counts are looked up when the page is asked for", async () => {
  const metrics = new PrometheusMetrics();
  metrics.readFrom(() => readings);
  const reflector = { lists: 2, watches: 3, events: 40, bookmarks: 5, failures: 1, projectionFailures: 0 };
  metrics.readReflectorsFrom(() => ({ Service: { ...reflector, lagMs: 1500 } }));
  const read = async (): Promise<readonly string[]> =>
    [...(await seriesOf(metrics, /^steelyard_(?!writes|address|write_budget_delays|events_dropped)/))].sort();
  expect(await read()).toEqual([
    "steelyard_api_gate_closings_total 1",
    "steelyard_api_gate_open_bool 1",
    "steelyard_contested_services 2",
    "steelyard_leader_bool 1",
    'steelyard_list_watch_failures_total{kind="Service"} 1',
    'steelyard_lists_total{kind="Service"} 2',
    "steelyard_pending_services 7",
    'steelyard_watch_events_total{kind="Service"} 40',
    'steelyard_watch_lag_seconds{kind="Service"} 1.5',
    'steelyard_watches_total{kind="Service"} 3',
    'steelyard_work_queue_keys{kind="Service",state="delayed"} 2',
    'steelyard_work_queue_keys{kind="Service",state="ready"} 4',
    'steelyard_work_queue_keys{kind="Service",state="shutOut"} 1',
    'steelyard_work_queue_keys{kind="Service",state="working"} 8',
    "steelyard_write_budget_remaining_writes 480",
  ]);
});

test("without a term nothing is told of what only a leader knows, and nothing stands still when a term ends", async () => {
  const metrics = new PrometheusMetrics();
  let now: OperatorReadings = readings;
  metrics.readFrom(() => now);
  const ofTerm = /^(metallb_k8s_client_config|steelyard_(pending|contested|work_queue))/;
  expect(await seriesOf(metrics, ofTerm)).toHaveLength(8);
  now = { ...readings, isLeader: false, term: undefined };
  expect(await seriesOf(metrics, ofTerm)).toEqual([]);
  expect(await seriesOf(metrics, /^steelyard_leader/)).toEqual(["steelyard_leader_bool 0"]);
});

/** `name type`, of what is not about the process itself. */
async function exposedMetrics(): Promise<readonly string[]> {
  const types = await seriesOf(new PrometheusMetrics(), /^# TYPE (metallb|steelyard)_/);
  return types.map((line) => line.replace("# TYPE ", "")).sort();
}

test("every name of ours ends in what it counts", async () => {
  const own = (await exposedMetrics()).filter((line) => line.startsWith("steelyard_"));
  expect(own.length).toBeGreaterThan(10);
  for (const line of own) {
    const [name, type] = line.split(" ");
    expect(name).toMatch(/_(total|seconds|bytes|keys|writes|services|bool)$/);
    expect({ name, isCounter: name?.endsWith("_total") }).toEqual({ name, isCounter: type === "counter" });
  }
});

test("docs/metrics.md lists what the page has, no more and no less", async () => {
  const page = readFileSync(new URL("../../../../docs/metrics.md", import.meta.url), "utf8");
  const section = page.split(/^## /m).find((text) => text.startsWith("The operator"));
  const rows = [...(section ?? "").matchAll(/^\| `((?:metallb|steelyard)_\w+)` *\| (\w+) /gm)];
  expect(rows.map(([, name, type]) => `${name} ${type}`).sort()).toEqual(await exposedMetrics());
});
