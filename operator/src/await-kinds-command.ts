import {
  bfdProfiles,
  bgpAdvertisements,
  bgpPeers,
  communities,
  ipAddressPools,
  KubeTransport,
  l2Advertisements,
  loadConnection,
  systemClock,
  systemRandom,
} from "@steelyard/client";
import { formatHelp, parseFlags } from "@steelyard/client/program";
import { servedKinds } from "./adapters/kubernetes/served-kinds.ts";
import { awaitKinds } from "./shell/await-kinds/await-kinds.ts";
import { awaitKindsFlags, awaitKindsSummary } from "./shell/await-kinds/await-kinds-flags.ts";

const types = [ipAddressPools, l2Advertisements, bgpPeers, bgpAdvertisements, bfdProfiles, communities];
const notInTime = 1;
const notAsked = 2;

/**
 * The entry of `operator.mjs await-kinds`, which the chart runs between its definitions and its objects of them.
 *
 * @returns the exit code
 */
export async function awaitKindsCommand(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const flags = parseFlags(awaitKindsFlags, argv, process.env);
  if (!flags.ok) return end(flags.error, notAsked);
  if (flags.value.help) {
    const program = "node operator.mjs await-kinds";
    process.stdout.write(formatHelp({ program, summary: awaitKindsSummary, specs: awaitKindsFlags }));
    return 0;
  }
  const { kubeconfig, timeout } = flags.value;
  try {
    return await wait(kubeconfig, 1000 * timeout, signal);
  } catch (error) {
    return end(sentenceOf(error), notAsked);
  }
}

async function wait(kubeconfig: string | undefined, patience: number, signal: AbortSignal): Promise<number> {
  const time = { clock: systemClock, random: systemRandom };
  const connection = await loadConnection({ kubeconfig }, time);
  const transport = new KubeTransport(connection, { ...time, userAgent: "steelyard-await-kinds" });
  try {
    const { missing, failure } = await awaitKinds(
      { wanted: types.map(({ kind }) => kind), patience },
      { ...time, signal, servedKinds: (within) => servedKinds(types, transport, within) },
    );
    if (missing.length === 0) return 0;
    const why = failure === undefined ? "" : `: ${sentenceOf(failure)}`;
    return end(`the API server does not serve ${missing.join(", ")} of metallb.io${why}`, notInTime);
  } finally {
    transport.close();
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function end(sentence: string, code: number): number {
  process.stderr.write(`${sentence}\n`);
  return code;
}
