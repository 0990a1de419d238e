import { type ReflectorMetrics } from "@steelyard/client";
import { type OperatorReadings, type TermReadings } from "../../ports/operator-metrics.ts";
import { type Instruments, type Sample } from "./instruments.ts";

/** What the operator knows at the moment; without a source nothing is told. */
export function addReadings(instruments: Instruments, read: () => OperatorReadings | undefined): void {
  const single = singleOf(read);
  instruments.readGauge(
    { name: "steelyard_leader_bool", help: "1 while this one gives the addresses, 0 while it stands by" },
    single(({ isLeader }) => Number(isLeader)),
  );
  instruments.readGauge(
    {
      name: "steelyard_write_budget_remaining_writes",
      help: "Writes of different objects that the budget of the process would let through now",
    },
    single(({ writesLeft }) => writesLeft),
  );
  instruments.readGauge(
    { name: "steelyard_api_gate_open_bool", help: "0 while the API server takes no writes" },
    single(({ takesWrites }) => Number(takesWrites)),
  );
  instruments.readCounter(
    {
      name: "steelyard_api_gate_closings_total",
      help: "How often the API server was found to take no writes",
    },
    single(({ gateClosings }) => gateClosings),
  );
}

/** What the operator knows while it leads: without a term there are no series. */
export function addTermReadings(instruments: Instruments, read: () => TermReadings | undefined): void {
  const single = singleOf(read);
  instruments.readGauge(
    { name: "metallb_k8s_client_config_loaded_bool", help: "1 once a configuration is in force" },
    single(({ isConfigurationStale }) => Number(isConfigurationStale !== undefined)),
  );
  instruments.readGauge(
    {
      name: "metallb_k8s_client_config_stale_bool",
      help: "1 while an object is not in force as it stands",
    },
    single(({ isConfigurationStale }) => Number(isConfigurationStale === true)),
  );
  instruments.readGauge(
    { name: "steelyard_pending_services", help: "Services that lack an address they need" },
    single(({ pendingServices }) => pendingServices),
  );
  instruments.readGauge(
    { name: "steelyard_contested_services", help: "Services that somebody else writes too, against us" },
    single(({ contestedServices }) => contestedServices),
  );
  instruments.readGauge(
    {
      name: "steelyard_work_queue_keys",
      help: "Objects that want work, by what they wait for",
      labelNames: ["kind", "state"],
    },
    () => queueSamples(read()),
  );
}

/** One sample, of what there is to read. */
function singleOf<Readings>(
  read: () => Readings | undefined,
): (value: (readings: Readings) => number) => () => readonly Sample[] {
  return (value) => () => {
    const readings = read();
    return readings === undefined ? [] : [{ value: value(readings) }];
  };
}

function queueSamples(readings: TermReadings | undefined): readonly Sample[] {
  return Object.entries(readings?.queues ?? {}).flatMap(([kind, keys]) =>
    Object.entries(keys).map(([state, value]) => ({ labels: { kind, state }, value: value as number })),
  );
}

/** What the reflectors have asked for and heard, by kind. */
export function addReflectors(
  instruments: Instruments,
  read: () => Readonly<Record<string, ReflectorMetrics>>,
): void {
  const byKind = (value: (metrics: ReflectorMetrics) => number | undefined) => (): readonly Sample[] =>
    Object.entries(read()).flatMap(([kind, metrics]) => {
      const found = value(metrics);
      return found === undefined ? [] : [{ labels: { kind }, value: found }];
    });
  const counter = (name: string, help: string, value: (metrics: ReflectorMetrics) => number): void =>
    instruments.readCounter({ name, help, labelNames: ["kind"] }, byKind(value));
  counter("steelyard_lists_total", "Lists begun", ({ lists }) => lists);
  counter("steelyard_watches_total", "Watches opened", ({ watches }) => watches);
  counter("steelyard_watch_events_total", "Changes that watches told of", ({ events }) => events);
  counter(
    "steelyard_list_watch_failures_total",
    "Lists and watches that failed or brought nothing",
    ({ failures }) => failures,
  );
  instruments.readGauge(
    {
      name: "steelyard_watch_lag_seconds",
      help: "Since the API server last told anything of the kind",
      labelNames: ["kind"],
    },
    byKind(({ lagMs }) => (lagMs === undefined ? undefined : lagMs / 1000)),
  );
}
