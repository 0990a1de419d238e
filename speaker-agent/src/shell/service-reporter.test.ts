import { expect, test } from "@jest/globals";
import { ipPrefix } from "@steelyard/model/address";
import { type BgpVerdict } from "../core/desired/bgp/types.ts";
import { type ServiceEvent } from "../core/reporting/service-event.ts";
import { ip } from "../core/wire/testing/ip.ts";
import { ServiceReporter } from "./service-reporter.ts";
import { RecordingMetrics } from "./testing/recording-metrics.ts";

const service = { namespace: "default", name: "web", uid: "u1" };
const verdict: BgpVerdict = {
  service,
  addresses: [ip("192.0.2.1")],
  prefixes: [{ prefix: ipPrefix(ip("192.0.2.1"), 32), peers: ["tor-1"] }],
  suspended: [],
  decision: { kind: "advertise", because: "" },
};
const up = { carries: () => true };

function harness() {
  const events: ServiceEvent[] = [];
  const lines: unknown[] = [];
  const metrics = new RecordingMetrics();
  const note = (fields: object, message: string) => lines.push({ ...fields, message });
  const log = { debug: note, info: note, warn: note, error: note };
  const reporter = new ServiceReporter(
    { nodeName: "node-a" },
    { log, metrics, recordEvents: (more) => void events.push(...more) },
  );
  return { reporter, events, lines, metrics };
}

test("BGP is told in log, metrics and events, and again only when it has changed", () => {
  const { reporter, events, lines, metrics } = harness();
  reporter.updateBgp([verdict], up);
  reporter.updateBgp([{ ...verdict }], { carries: () => true });
  const told = { service: "default/web", ips: ["192.0.2.1"], protocol: "bgp" };
  expect(lines).toEqual([{ event: "serviceAnnounced", ...told, peers: ["tor-1"], message: "announced" }]);
  expect(events.map(({ message }) => message)).toEqual(['announcing from node "node-a" with protocol "bgp"']);
  expect(metrics.announcedByBgp).toEqual(["default/web 192.0.2.1"]);
  reporter.updateBgp([], up);
  expect(lines.slice(1)).toMatchObject([{ event: "serviceWithdrawn", ...told, message: "withdrawn" }]);
  expect(metrics.announcedByBgp).toEqual([]);
});

test("each protocol is told of by itself, and a Service that both suspend counts once", () => {
  const { reporter, events, metrics } = harness();
  const suspended = [{ node: "node-a", reason: "exclude-label", because: "is excluded by a label" }] as const;
  const decided = {
    addresses: [],
    verdicts: [
      {
        service,
        addresses: [ip("192.0.2.1")],
        interfaces: [],
        candidates: [],
        suspended,
        decision: { kind: "candidate", because: "" },
      },
    ],
  };
  const report = {
    owned: [{ address: ip("192.0.2.1"), interfaces: ["eth0"] }],
    unannounceable: [],
    held: [],
    defended: [],
    counters: [],
  };
  const [desired, seen] = [decided, report] as unknown as Parameters<ServiceReporter["update"]>;
  reporter.update(desired, seen, new Map());
  reporter.updateBgp([{ ...verdict, suspended }], up);
  expect(events.filter(({ type }) => type === "Normal").map(({ message }) => message)).toEqual([
    'announcing from node "node-a" with protocol "layer2"',
    'announcing from node "node-a" with protocol "bgp"',
  ]);
  expect([metrics.announced, metrics.announcedByBgp]).toEqual([
    ["default/web 192.0.2.1"],
    ["default/web 192.0.2.1"],
  ]);
  expect(metrics.suspended).toEqual(["default/web"]);
});
