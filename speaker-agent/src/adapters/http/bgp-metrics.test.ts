import { expect, test } from "@jest/globals";
import { type BgpPeerMetrics } from "../../ports/agent-metrics.ts";
import { PrometheusMetrics } from "./prometheus-metrics.ts";

const counters = {
  dials: 1,
  opensSent: 2,
  opensReceived: 3,
  notificationsSent: 4,
  notificationsReceived: 5,
  updatesSent: 6,
  updatesReceived: 7,
  keepalivesSent: 8,
  keepalivesReceived: 9,
  routeRefreshesSent: 10,
  routeRefreshesReceived: 11,
  treatedAsWithdraw: 0,
  attributesDiscarded: 0,
  flaps: 12,
};

const bfd = {
  peer: "192.0.2.1",
  isUp: true,
  counters: { controlInput: 1, controlOutput: 2, echoInput: 3, echoOutput: 4, ups: 5, downs: 6 },
};

const tor: BgpPeerMetrics = {
  peer: "192.0.2.1:179",
  vrf: undefined,
  isUp: true,
  advertised: 7,
  pending: 1,
  withheld: 2,
  received: { IPv4: 3, IPv6: 4 },
  counters,
  bfd,
};

async function page(metrics: PrometheusMetrics, prefix: string): Promise<readonly string[]> {
  return (await metrics.page()).split("\n").filter((line) => line.startsWith(prefix));
}

test("a session is shown as it is when somebody asks, and not at all when it is no more", async () => {
  const metrics = new PrometheusMetrics({ nodeName: "a" });
  let peers: readonly BgpPeerMetrics[] = [tor];
  metrics.followBgpPeers(() => peers);
  const labels = 'peer="192.0.2.1:179",vrf="default"';
  expect(await page(metrics, "metallb_bgp_")).toEqual([
    `metallb_bgp_session_up{${labels}} 1`,
    `metallb_bgp_announced_prefixes_total{${labels}} 7`,
    `metallb_bgp_pending_prefixes_total{${labels}} 1`,
    `metallb_bgp_updates_total{${labels}} 6`,
    `metallb_bgp_updates_total_received{${labels}} 7`,
    `metallb_bgp_opens_sent{${labels}} 2`,
    `metallb_bgp_opens_received{${labels}} 3`,
    `metallb_bgp_notifications_sent{${labels}} 4`,
    `metallb_bgp_keepalives_sent{${labels}} 8`,
    `metallb_bgp_keepalives_received{${labels}} 9`,
    `metallb_bgp_route_refresh_sent{${labels}} 10`,
    `metallb_bgp_total_sent{${labels}} 30`,
    `metallb_bgp_total_received{${labels}} 35`,
  ]);
  expect(await page(metrics, "steelyard_bgp_")).toEqual([
    `steelyard_bgp_withheld_prefixes{${labels}} 2`,
    `steelyard_bgp_flaps_total{${labels}} 12`,
    `steelyard_bgp_notifications_received_total{${labels}} 5`,
    `steelyard_bgp_received_prefixes{${labels},family="IPv4"} 3`,
    `steelyard_bgp_received_prefixes{${labels},family="IPv6"} 4`,
  ]);
  peers = [{ ...tor, isUp: false, vrf: "red" }];
  expect(await page(metrics, "metallb_bgp_session_up")).toEqual([
    'metallb_bgp_session_up{peer="192.0.2.1:179",vrf="red"} 0',
  ]);
  peers = [];
  expect(await page(metrics, "metallb_b")).toEqual([]);
});

test("two sessions that share BFD count it once", async () => {
  const metrics = new PrometheusMetrics({ nodeName: "a" });
  metrics.followBgpPeers(() => [tor, { ...tor, peer: "192.0.2.1:1790" }]);
  const labels = 'peer="192.0.2.1",vrf="default"';
  expect(await page(metrics, "metallb_bfd_")).toEqual([
    `metallb_bfd_session_up{${labels}} 1`,
    `metallb_bfd_control_packet_input{${labels}} 1`,
    `metallb_bfd_control_packet_output{${labels}} 2`,
    `metallb_bfd_echo_packet_input{${labels}} 3`,
    `metallb_bfd_echo_packet_output{${labels}} 4`,
    `metallb_bfd_session_up_events{${labels}} 5`,
    `metallb_bfd_session_down_events{${labels}} 6`,
    `metallb_bfd_zebra_notifications{${labels}} 11`,
  ]);
});
