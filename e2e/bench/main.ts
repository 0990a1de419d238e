import { cpus, loadavg } from "node:os";
import { Lab } from "../topology/lab.ts";
import { l2AdvertisementObject, poolObject } from "../topology/objects.ts";
import { measureAnswerLatency } from "./answer-latency.ts";
import { measureFirstAnswer } from "./first-answer.ts";
import { measureForeignLoad } from "./foreign-load.ts";
import { measureIdleMemory } from "./idle-memory.ts";
import { printFigures, type Figure } from "./figure.ts";

// The programs run as pods do: by service account over TLS, with NET_RAW alone. Every figure is taken in this one run on this one machine, and where it can be it stands beside the kernel's own: read
// ratios. Nothing here fails a build; a goal that is missed is printed as missed.
console.log(
  `Node ${process.versions.node}, ${cpus().length} processors, load ${loadavg()[0]?.toFixed(1) ?? "?"}; programs by service account over TLS\n`,
);
const lab = await Lab.create({ nodes: 1, access: "service-account" });
const figures: Figure[] = [];
try {
  await lab.apply(
    poolObject("lan", ["192.168.7.40-192.168.7.49", "fd07::40-fd07::49"]),
    l2AdvertisementObject("lan", { ipAddressPools: ["lan"] }),
  );
  const operator = await lab.startOperator();
  const [agent] = await lab.startAgents();
  if (agent === undefined) throw new Error("there is no agent");
  for (const measure of [
    () => measureIdleMemory(operator, agent),
    () => measureFirstAnswer(lab),
    () => measureAnswerLatency(lab),
    () => measureForeignLoad(lab, agent),
  ]) {
    const found = await measure();
    printFigures(found);
    figures.push(...found);
  }
} catch (error) {
  console.error(lab.transcripts());
  throw error;
} finally {
  await lab.end();
}
const missed = figures.filter((figure) => figure.met === false).length;
console.log(`\n${figures.length} figures, ${missed} ${missed === 1 ? "goal" : "goals"} missed`);
