import { cpus, loadavg } from "node:os";
import { benchAgent } from "./agent/index.ts";
import { benchBgp } from "./bgp/index.ts";
import { benchFailover } from "./failover/index.ts";
import { printFigures, type Figure } from "./figure.ts";
import { benchOperator } from "./operator/index.ts";

const parts = { operator: benchOperator, agent: benchAgent, failover: benchFailover, bgp: benchBgp } as const;

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in parts));
if (unknown.length > 0) {
  console.error(`unknown part "${unknown.join(", ")}"; there are: ${Object.keys(parts).join(", ")}`);
  process.exit(2);
}

// The programs run as pods do: by service account over TLS, the agent with NET_RAW alone. Every figure is taken in this one
// run on this one machine, and where it can be it stands beside what the kernel or the API server does alone: read ratios.
// Nothing here fails a build; a goal that is missed is printed as missed, and what was not measured as that.
console.log(
  `Node ${process.versions.node}, ${cpus().length} processors; programs by service account over TLS\n`,
);
const figures: Figure[] = [];
for (const [name, bench] of Object.entries(parts)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(`${name}, load ${load()}`);
  await bench((found) => {
    printFigures(found);
    figures.push(...found);
  });
  console.log(`load ${load()}\n`);
}
const missed = figures.filter(({ met }) => met === false).length;
const missing = figures.filter((figure) => figure.missing !== undefined).length;
console.log(
  `${figures.length - missing} figures, ${missed} ${missed === 1 ? "goal" : "goals"} missed` +
    (missing === 0 ? "" : `; ${missing} NOT MEASURED`),
);

function load(): string {
  return loadavg()[0]?.toFixed(1) ?? "?";
}
