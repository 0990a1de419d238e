import { setTimeout as pause } from "node:timers/promises";
import { type Figure, withGoal } from "../figure.ts";
import { type BenchOperator } from "./bench-operator.ts";
import { type OperatorCluster } from "./operator-cluster.ts";
import { isWrite } from "./request-record.ts";

const steadyMillis = 30_000;
/** Wrong writes of a start would come after readiness. */
const aftermathMillis = 3_000;

/** Starts and leader changes with Services that all have what they shall have. Leaves one operator running. */
export async function measureRestarts(cluster: OperatorCluster): Promise<Figure[]> {
  await cluster.api.audit.reset();
  const first = await cluster.startOperator();
  const startMillis = await first.untilLeading();
  await pause(aftermathMillis);
  const restart = [
    withGoal("restart, satisfied Services: until ready", seconds(startMillis), "≤ 5 s", startMillis <= 5_000),
    await noWrites("restart, satisfied Services: writes", cluster),
  ];
  const second = await cluster.startOperator();
  await second.untilStandingBy();
  const handOver = await takeOver("graceful hand-over", cluster, { from: first, to: second, by: "SIGTERM" });
  const third = await cluster.startOperator();
  await third.untilStandingBy();
  const expiry = await takeOver("leader killed, its lease expires", cluster, {
    from: second,
    to: third,
    by: "SIGKILL",
  });
  await third.stop();
  return [...restart, ...handOver, ...expiry];
}

async function takeOver(
  how: string,
  cluster: OperatorCluster,
  { from, to, by }: { readonly from: BenchOperator; readonly to: BenchOperator; readonly by: NodeJS.Signals },
): Promise<Figure[]> {
  await cluster.api.audit.reset();
  const asked = process.hrtime.bigint();
  await from.stop(by);
  await to.untilLeading();
  const millis = Number(process.hrtime.bigint() - asked) / 1e6;
  await pause(aftermathMillis);
  const name = `${how}: until the other leads`;
  const time =
    by === "SIGTERM"
      ? withGoal(name, seconds(millis), "≤ 5 s", millis <= 5_000)
      : { name, value: seconds(millis), goal: "lease of 15 s + start" };
  return [time, await noWrites(`${how}: writes`, cluster)];
}

/** Thirty seconds in which nothing happens in the cluster. */
export async function measureSteadyState(cluster: OperatorCluster): Promise<Figure[]> {
  const operator = await cluster.startOperator();
  await operator.untilLeading();
  await pause(aftermathMillis);
  await cluster.api.audit.reset();
  await pause(steadyMillis);
  const requests = (await cluster.requests()).filter(({ verb }) => verb !== "watch");
  await operator.stop();
  return [
    withGoal(
      "steady state, 30 s: requests beyond watches and the Lease",
      String(requests.length),
      "0",
      requests.length === 0,
    ),
  ];
}

async function noWrites(name: string, cluster: OperatorCluster): Promise<Figure> {
  const count = (await cluster.requests()).filter(isWrite).length;
  return withGoal(name, String(count), "0", count === 0);
}

function seconds(millis: number): string {
  return `${(millis / 1000).toFixed(2)} s`;
}
