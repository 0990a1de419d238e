import { setTimeout as pause } from "node:timers/promises";
import { eventually } from "../../topology/eventually.ts";
import { type Figure, withGoal } from "../figure.ts";
import { residentMegabytes } from "../process-status.ts";
import { addressesOf, type OperatorCluster } from "./operator-cluster.ts";

/** V8 gives back what the start has left behind after eight seconds of quiet. */
const settleMillis = 12_000;
const goalMegabytes = 60;

/** Resident memory with nothing to do, twelve seconds after the start. */
export async function measureIdle(cluster: OperatorCluster): Promise<Figure[]> {
  const operator = await cluster.startOperator();
  await operator.untilLeading();
  await pause(settleMillis);
  const megabytes = residentMegabytes(operator.pid);
  await operator.stop();
  return [
    withGoal(
      "operator, resident, idle",
      `${megabytes.toFixed(1)} MB`,
      `≤ ${goalMegabytes} MB`,
      megabytes <= goalMegabytes,
    ),
  ];
}

/** What the operator writes into a Service: the patch that the raw client is to imitate. */
export interface StatusTemplate {
  readonly annotations: Readonly<Record<string, string>>;
  readonly status: object;
}

export async function learnTemplate(cluster: OperatorCluster): Promise<StatusTemplate> {
  const operator = await cluster.startOperator();
  await operator.untilLeading();
  await cluster.createService("s0");
  const written = await eventually("an allocated Service", async () => {
    const service = await cluster.service("s0");
    return addressesOf(service).length === 1 && service;
  });
  await operator.stop();
  return { annotations: written.metadata.annotations ?? {}, status: written.status ?? {} };
}
