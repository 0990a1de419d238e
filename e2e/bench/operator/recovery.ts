import { setTimeout as pause } from "node:timers/promises";
import { type AuditRecord, type FaultRule, type KubeApiServer, startApiServer } from "../../cluster/index.ts";
import { systemClock } from "../../cluster/clock.ts";
import { eventually } from "../../topology/eventually.ts";
import { type Figure, withGoal } from "../figure.ts";
import { addressesOf, OperatorCluster } from "./operator-cluster.ts";
import { timeOf } from "./request-record.ts";

/** So many Services are created as the outage begins: some are served before it, some are waiting when it ends. */
const created = 200;
/** Longer than the operator may lead without renewing its Lease. */
const outageMillis = 12_000;
const downMillis = 3_000;
/** After the last request of a recovery nothing more may come for this long. */
const quietMillis = 4_000;
const goalMillis = 5_000;
/** The outage meets an operator that has followed the cluster for a while, not one that has just started. */
const followingMillis = 3_000;

/** The genuine API server hangs, and is killed and started again. */
export async function measureServerOutages(cluster: OperatorCluster<KubeApiServer>): Promise<Figure[]> {
  const { api } = cluster;
  const operator = await cluster.startOperator();
  await operator.untilLeading();
  await pause(followingMillis);
  const hung = await recover(cluster, "frozen", {
    name: `API server hung for ${outageMillis / 1000} s`,
    begin: () => api.freeze(),
    end: async () => api.thaw(),
    millis: outageMillis,
  });
  const killed = await recover(cluster, "killed", {
    name: "API server killed and restarted",
    begin: () => void api.kill(),
    end: () => api.restart(),
    millis: downMillis,
  });
  await operator.stop();
  return [hung, killed];
}

const storms: readonly { readonly name: string; readonly rule: FaultRule }[] = [
  { name: "every answer 500", rule: { fault: "error", code: 500 } },
  {
    name: "every status write 409",
    rule: { fault: "error", code: 409, reason: "Conflict", verbs: ["patch"], subresource: "status" },
  },
  { name: "every list and watch 410", rule: { fault: "gone", verbs: ["list", "watch"] } },
];

/** What cannot be made to happen on the genuine server: faults answered by the embedded one. */
export async function measureStorms(): Promise<Figure[]> {
  const cluster = await OperatorCluster.create(() => startApiServer({ token: "bench", tls: true }));
  const figures: Figure[] = [];
  try {
    const operator = await cluster.startOperator();
    await operator.untilLeading();
    for (const [index, { name, rule }] of storms.entries()) {
      const { faults } = cluster.api;
      const begin = (): void => {
        faults.inject({ ...rule, userAgent: "steelyard-operator" });
        // Running watches would carry the operator through a storm of answers.
        if (rule.fault !== "error" || rule.verbs === undefined) faults.interruptWatches("end");
        if (rule.fault === "gone") faults.compactHistory();
      };
      const storm = { name: `${name} for ${outageMillis / 1000} s`, begin, millis: outageMillis };
      figures.push(await recover(cluster, `storm${index}`, { ...storm, end: async () => faults.clear() }));
    }
  } finally {
    await cluster.end();
  }
  return figures;
}

interface Outage {
  readonly name: string;
  readonly begin: () => void;
  readonly end: () => Promise<void>;
  readonly millis: number;
}

/**
 * From the moment the API server answers us again to the last request the operator had to make: everything has its
 * address, watches run, and nothing but the Lease is asked for.
 */
async function recover(cluster: OperatorCluster, prefix: string, outage: Outage): Promise<Figure> {
  await cluster.api.audit.reset();
  const names = Array.from({ length: created }, (_, index) => `${prefix}${index}`);
  const creations = names.map((name, index) =>
    // Half of them come just before the outage, so that it meets the operator at work.
    index < created / 2 ? cluster.createService(name).catch(() => undefined) : undefined,
  );
  await Promise.any(creations.filter((creation) => creation !== undefined));
  outage.begin();
  const during = Promise.all(names.map((name) => cluster.createService(name).catch(() => undefined)));
  await pause(outage.millis);
  await outage.end();
  await untilAnswering(cluster);
  const recoveredAt = Date.parse(systemClock.timestamp());
  await Promise.all([...creations, during]);
  // What the outage swallowed is created now: a client of the API would do the same.
  await createMissing(cluster, names);
  const last = await untilQuiet(cluster, names);
  await Promise.all(names.map((name) => cluster.deleteService(name)));
  const millis = Math.max(0, last - recoveredAt);
  return withGoal(
    `${outage.name}: until steady`,
    `${(millis / 1000).toFixed(2)} s`,
    `≤ ${goalMillis / 1000} s`,
    millis <= goalMillis,
  );
}

function untilAnswering({ client }: OperatorCluster): Promise<unknown> {
  return eventually(
    "an answer of the API server",
    async () => (await client.request("GET", "/readyz")).code < 300,
    60_000,
  );
}

async function createMissing(cluster: OperatorCluster, names: readonly string[]): Promise<void> {
  const present = new Set((await cluster.services()).map(({ metadata }) => metadata.name));
  await Promise.all(names.filter((name) => !present.has(name)).map((name) => cluster.createService(name)));
}

/** Returns when the last request before the quiet was received. */
async function untilQuiet(cluster: OperatorCluster, names: readonly string[]): Promise<number> {
  await eventually(
    "an address for every Service",
    async () => {
      const addressed = (await cluster.services()).filter((service) => addressesOf(service).length > 0);
      const found = new Set(addressed.map(({ metadata }) => metadata.name));
      return names.every((name) => found.has(name));
    },
    120_000,
  );
  for (;;) {
    const before = await lastRequest(cluster);
    await pause(quietMillis);
    const after = await lastRequest(cluster);
    if (after === before) return after;
  }
}

async function lastRequest(cluster: OperatorCluster): Promise<number> {
  const requests: readonly AuditRecord[] = await cluster.requests();
  // Events are written at leisure, and nobody waits for them.
  return Math.max(0, ...requests.filter(({ resource }) => resource !== "events").map(timeOf));
}
