import { plan } from "../../topology/addressing.ts";
import { type ClusterNode } from "../../topology/cluster-node.ts";
import { type NetworkNamespace } from "../../topology/namespace.ts";
import { measureAnswers, type Latency } from "../../topology/neighbour-probe.ts";
import { median, type Figure, withGoal } from "../figure.ts";

const rounds = 6;
const questionsPerRound = 1_000;
const everyMicros = 500;
const quantiles = ["p50", "p99"] as const;

/** An address of each family, and the node that answers for it. */
export interface Answerer {
  readonly node: ClusterNode;
  readonly address4: string;
  readonly address6: string;
}

/** How often the kernel's time an answer takes: what the node's own addresses cost in the same minute is one. */
export interface Ratio {
  readonly protocol: "ARP" | "NDP";
  readonly quantile: "p50" | "p99";
  readonly ratio: number;
  /** Microseconds: the answerer's, the kernel's. */
  readonly micros: readonly [number, number];
  readonly answered: string;
}

/** Answers beside the kernel's own for the same node on the same segment, in interleaved rounds. */
export async function measureRatios(client: NetworkNamespace, answerer: Answerer): Promise<readonly Ratio[]> {
  const { node, address4, address6 } = answerer;
  return [
    ...(await compare(client, "ARP", address4, plan.nodeAddress4(node.number))),
    ...(await compare(client, "NDP", address6, plan.nodeAddress6(node.number))),
  ];
}

async function compare(
  client: NetworkNamespace,
  protocol: Ratio["protocol"],
  ours: string,
  kernels: string,
): Promise<readonly Ratio[]> {
  const program: Latency[] = [];
  const kernel: Latency[] = [];
  for (let round = 0; round < rounds; round++) {
    program.push(await measureAnswers(client, "eth0", ours, questionsPerRound, everyMicros));
    kernel.push(await measureAnswers(client, "eth0", kernels, questionsPerRound, everyMicros));
  }
  const answered = program.reduce((total, latency) => total + latency.answered, 0);
  return quantiles.map((quantile) => {
    const micros = [middle(program, quantile), middle(kernel, quantile)] as const;
    return {
      protocol,
      quantile,
      ratio: micros[0] / micros[1],
      micros,
      answered: `${answered}/${rounds * questionsPerRound}`,
    };
  });
}

function middle(latencies: readonly Latency[], quantile: Ratio["quantile"]): number {
  return median(latencies.map((latency) => latency[quantile] ?? Number.NaN));
}

/** What MetalLB 0.16.2 needed on another machine, for where its speaker is not there to be measured beside ours. */
const metallbElsewhere = { p50: 1.9, p99: 3.6 } as const;

/** The agent's ratios, held against those of MetalLB's speaker in the same run. */
export function ratioFigures(
  among: string,
  ours: readonly Ratio[],
  theirs: readonly Ratio[] | undefined,
): Figure[] {
  return ours.map(({ protocol, quantile, ratio, micros, answered }) => {
    const rival = theirs?.find((other) => other.protocol === protocol && other.quantile === quantile)?.ratio;
    const goal = rival ?? metallbElsewhere[quantile];
    return withGoal(
      `${protocol} answer, ${among}, ${quantile}, agent / kernel`,
      `${ratio.toFixed(1)} x (${micros[0].toFixed(0)} / ${micros[1].toFixed(0)} µs)`,
      `≤ ${goal.toFixed(1)} x${rival === undefined ? "" : " (MetalLB)"}`,
      ratio <= goal && answered === `${rounds * questionsPerRound}/${rounds * questionsPerRound}`,
    );
  });
}
