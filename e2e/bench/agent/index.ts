import { Lab } from "../../topology/lab.ts";
import { l2AdvertisementObject, poolObject } from "../../topology/objects.ts";
import { type Figure } from "../figure.ts";
import { measureAnswerLatency } from "./answer-latency.ts";
import { measureFirstAnswer } from "./first-answer.ts";
import { measureForeignLoad } from "./foreign-load.ts";
import { measureIdleMemory } from "./idle-memory.ts";

/** The agent on a network, beside the kernel doing the same work. `report` hears of figures as they come. */
export async function benchAgent(report: (figures: readonly Figure[]) => void): Promise<void> {
  const lab = await Lab.create({ nodes: 1, access: "service-account" });
  try {
    await lab.apply(
      poolObject("lan", ["192.168.7.40-192.168.7.49", "fd07::40-fd07::49"]),
      l2AdvertisementObject("lan", { ipAddressPools: ["lan"] }),
    );
    await lab.startOperator();
    const [agent] = await lab.startAgents();
    if (agent === undefined) throw new Error("there is no agent");
    report(await measureIdleMemory(agent));
    report(await measureFirstAnswer(lab));
    report(await measureAnswerLatency(lab));
    report(await measureForeignLoad(lab, agent));
  } catch (error) {
    console.error(lab.transcripts());
    throw error;
  } finally {
    await lab.end();
  }
}
