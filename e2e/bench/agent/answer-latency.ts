import { plan } from "../../topology/addressing.ts";
import { type Lab } from "../../topology/lab.ts";
import { measureAnswers, type Latency } from "../../topology/neighbour-probe.ts";
import { median, type Figure } from "../figure.ts";

const rounds = 6;
const questionsPerRound = 1_000;
const everyMicros = 500;
const quantiles = ["p50", "p90", "p99"] as const;

/** The agent's answers beside the kernel's own for the same node on the same segment, in interleaved rounds. */
export async function measureAnswerLatency(lab: Lab): Promise<Figure[]> {
  await lab.createService("web", "dual", { endpointsOn: [1] });
  const [address4 = "", address6 = ""] = await lab.untilAddresses("web", 2);
  await lab.reach(`http://${address4}/`);
  const figures = [
    ...(await compare(lab, "ARP", address4, plan.nodeAddress4(1))),
    ...(await compare(lab, "NDP", address6, plan.nodeAddress6(1))),
  ];
  await lab.removeServices();
  return figures;
}

async function compare(lab: Lab, protocol: string, ours: string, kernels: string): Promise<Figure[]> {
  const agent: Latency[] = [];
  const kernel: Latency[] = [];
  for (let round = 0; round < rounds; round++) {
    agent.push(await measureAnswers(lab.network.client, "eth0", ours, questionsPerRound, everyMicros));
    kernel.push(await measureAnswers(lab.network.client, "eth0", kernels, questionsPerRound, everyMicros));
  }
  const answered = agent.reduce((total, latency) => total + latency.answered, 0);
  return [
    ...quantiles.map((quantile) =>
      ratio(`${protocol} answer, ${quantile}, agent / kernel`, agent, kernel, quantile),
    ),
    {
      name: `${protocol} requests answered by the agent`,
      value: `${answered}/${rounds * questionsPerRound}`,
    },
  ];
}

function ratio(
  name: string,
  agent: readonly Latency[],
  kernel: readonly Latency[],
  quantile: "p50" | "p90" | "p99",
): Figure {
  const middle = (latencies: readonly Latency[]): number =>
    median(latencies.map((latency) => latency[quantile] ?? Number.NaN));
  const ours = middle(agent);
  const theirs = middle(kernel);
  return {
    name,
    value: `${(ours / theirs).toFixed(1)} x`,
    goal: `${ours.toFixed(0)} / ${theirs.toFixed(0)} µs`,
  };
}
