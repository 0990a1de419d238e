import { startKubeApiServer, whyNoKubeApiServer } from "../../cluster/index.ts";
import { type Figure, notMeasured } from "../figure.ts";
import { measureAllocation } from "./allocation.ts";
import { measureAllocator } from "./allocator.ts";
import { learnTemplate, measureIdle } from "./idle.ts";
import { measureNewService } from "./new-service.ts";
import { OperatorCluster } from "./operator-cluster.ts";
import { measureServerOutages, measureStorms } from "./recovery.ts";
import { measureRestarts, measureSteadyState } from "./restart.ts";

const few = 1_000;
const many = 10_000;

/** Everything about the operator: its allocator by itself, then the whole program on an API server. `report` hears of figures as they come. */
export async function benchOperator(report: (figures: readonly Figure[]) => void): Promise<void> {
  report(await measureAllocator());
  const missing = whyNoKubeApiServer();
  if (missing === undefined) await benchOnGenuineServer(report);
  else report([notMeasured("operator on the genuine kube-apiserver", missing)]);
  report(await measureStorms());
}

async function benchOnGenuineServer(report: (figures: readonly Figure[]) => void): Promise<void> {
  const cluster = await OperatorCluster.create(startKubeApiServer);
  try {
    report(await measureIdle(cluster));
    const template = await learnTemplate(cluster);
    report(await measureAllocation(cluster, few, template));
    // Among ten thousand Services the API server alone needs ten seconds for the two hundred that this creates.
    report(await measureServerOutages(cluster));
    report(await measureAllocation(cluster, many, template));
    report(await measureRestarts(cluster));
    report(await measureSteadyState(cluster));
    report(await measureNewService(cluster, template));
  } catch (error) {
    console.error(cluster.transcripts());
    throw error;
  } finally {
    await cluster.end();
  }
}
