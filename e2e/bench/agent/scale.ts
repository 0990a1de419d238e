import { runBenchProgram } from "../bench-program.ts";
import { type Figure, withGoal } from "../figure.ts";

/** What dist/scale-bench.mjs prints. */
interface Scale {
  readonly election: {
    readonly nodes: number;
    readonly addresses: number;
    readonly electAllMillis: number;
    readonly loseNodeMillis: number;
    readonly lost: number;
    readonly moved: number;
    readonly movedWithoutNeed: number;
    readonly movedOnReturn: number;
  };
  readonly traffic: readonly {
    readonly nodes: number;
    readonly datagramBytesPerSecond: number;
    readonly streamBytesPerSecond: number;
  }[];
}

const mostElectionMillis = 1_000;

/** The machines at the size of the largest clusters, simulated. */
export async function measureScale(): Promise<Figure[]> {
  const [scale] = await runBenchProgram<Scale>("scale-bench.mjs");
  if (scale === undefined) throw new Error("the bench of scale printed nothing");
  return [...electionFigures(scale.election), ...trafficFigures(scale.traffic)];
}

function electionFigures(election: Scale["election"]): Figure[] {
  const { nodes, addresses, electAllMillis, loseNodeMillis, lost, moved } = election;
  const { movedWithoutNeed, movedOnReturn } = election;
  const isLeast = moved === lost && movedWithoutNeed === 0 && movedOnReturn === 0;
  return [
    withGoal(
      `${nodes} nodes, ${addresses} addresses: all elected`,
      `${electAllMillis.toFixed(0)} ms`,
      `< ${mostElectionMillis} ms`,
      electAllMillis < mostElectionMillis,
    ),
    withGoal(
      `the same, a node lost: its addresses / moved / on its return`,
      `${lost} / ${moved} / ${movedOnReturn} (${loseNodeMillis.toFixed(0)} ms)`,
      "only its own",
      isLeast,
    ),
  ];
}

function trafficFigures(traffic: Scale["traffic"]): Figure[] {
  const rates = traffic.map(({ datagramBytesPerSecond }) => datagramBytesPerSecond);
  const isConstant = Math.max(...rates) <= 1.1 * Math.min(...rates);
  const sizes = traffic.map(({ nodes }) => nodes).join(", ");
  const streams = traffic.map(({ streamBytesPerSecond }) => streamBytesPerSecond.toFixed(0)).join(", ");
  return [
    withGoal(
      `gossip a node sends, ${sizes} nodes`,
      `${rates.map((rate) => rate.toFixed(0)).join(", ")} B/s`,
      "constant",
      isConstant,
    ),
    { name: "the exchange of whole tables twice a minute beside it", value: `${streams} B/s` },
  ];
}
