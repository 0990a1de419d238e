import { startAgent } from "./agent-harness.ts";
import { l2Advertisement, node, pool, service, slice } from "./cluster-objects.ts";
import { ScriptedWorker } from "./scripted-worker.ts";

export type AnnouncingAgent = ReturnType<typeof startWithService>;

/** One node, one Service with an address, all that it takes to announce it. */
export function startWithService() {
  const harness = startAgent(new ScriptedWorker());
  const { cluster } = harness;
  cluster.put("nodes", node("node-a"));
  cluster.put("pools", pool("first", "192.0.2.0/24"));
  cluster.put("l2Advertisements", l2Advertisement("all"));
  cluster.put("services", service({ name: "web", ips: ["192.0.2.1"] }));
  cluster.put("endpointSlices", slice("web", "node-a"));
  return harness;
}

/** … and it is announced, which has been reported. */
export async function startAnnouncing(): Promise<AnnouncingAgent> {
  const harness = startWithService();
  harness.reader.sync();
  await harness.pass();
  harness.worker.report(["192.0.2.1"]);
  await harness.pass();
  return harness;
}
