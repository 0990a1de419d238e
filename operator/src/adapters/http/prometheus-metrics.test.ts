import { expect, test } from "@jest/globals";
import { PrometheusMetrics } from "./prometheus-metrics.ts";

const usage = {
  IPv4: { assigned: 3n, capacity: 256n },
  IPv6: { assigned: 1n, capacity: 2n ** 64n },
  services: 3,
};

async function seriesOf(metrics: PrometheusMetrics): Promise<readonly string[]> {
  const lines = (await metrics.page()).split("\n");
  return lines.filter((line) => /^(metallb|steelyard)_/.test(line));
}

test("the page has MetalLB's names and labels, and forgets a pool with the pool", async () => {
  const metrics = new PrometheusMetrics();
  metrics.setPoolUsage("edge", usage);
  metrics.setConfiguration({ isStale: true });
  metrics.countUpdate({ failed: false });
  metrics.countUpdate({ failed: true });
  metrics.countBudgetDelay();
  metrics.countDroppedEvents(3);
  metrics.countAddressChange("pool-edited");
  metrics.countAddressChange("pool-edited");
  metrics.setContested(1);
  metrics.setPending(2);
  const counters = [
    "metallb_k8s_client_config_loaded_bool 1",
    "metallb_k8s_client_config_stale_bool 1",
    "metallb_k8s_client_updates_total 2",
    "metallb_k8s_client_update_errors_total 1",
    "steelyard_write_budget_delays_total 1",
    "steelyard_events_dropped_total 3",
    'steelyard_address_changes_total{cause="pool-edited"} 2',
    "steelyard_contested_services 1",
    "steelyard_pending_services 2",
  ];
  expect(await seriesOf(metrics)).toEqual([
    'metallb_allocator_addresses_total{pool="edge"} 9223372036854776000',
    'metallb_allocator_addresses_in_use_total{pool="edge"} 4',
    'metallb_allocator_ipv4_addresses_total{pool="edge"} 256',
    'metallb_allocator_ipv6_addresses_total{pool="edge"} 9223372036854776000',
    'metallb_allocator_ipv4_addresses_in_use_total{pool="edge"} 3',
    'metallb_allocator_ipv6_addresses_in_use_total{pool="edge"} 1',
    'metallb_allocator_services_allocated_total{pool="edge"} 3',
    ...counters,
  ]);
  metrics.removePool("edge");
  expect(await seriesOf(metrics)).toEqual(counters);
});
