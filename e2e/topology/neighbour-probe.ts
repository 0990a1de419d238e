import { fileURLToPath } from "node:url";
import { type NetworkNamespace } from "./namespace.ts";
import { Program } from "./program.ts";
import { distFolder } from "./dist.ts";

/** One claim to an address, seen on the wire by e2e/tools/neighbour-probe.c. */
export interface Claim {
  readonly kind: "arp-reply" | "arp-request" | "neighbor-advertisement";
  readonly address: string;
  /** Link-layer address inside the message. */
  readonly mac: string;
  /** Source of the Ethernet frame. */
  readonly ethernetSource: string;
  readonly gratuitous: boolean;
  readonly override: boolean;
  readonly afterMicros: number;
  /** How long the earliest question had waited that nobody had answered until then; 0 when none was open. */
  readonly waitedMicros: number;
}

export interface Latency {
  readonly asked: number;
  readonly answered: number;
  readonly p50?: number;
  readonly p90?: number;
  readonly p99?: number;
  readonly max?: number;
}

const tool = fileURLToPath(new URL("neighbour-probe", distFolder));

/** Asks the segment who has `address` and listens for `forMillis`; every answer, in order. */
export async function whoHas(
  from: NetworkNamespace,
  interfaceName: string,
  address: string,
  options: { forMillis?: number; first?: boolean; to?: string } = {},
): Promise<Claim[]> {
  const args = ["ask", interfaceName, address, "--for", String(options.forMillis ?? 400)];
  if (options.first === true) args.push("--first");
  if (options.to !== undefined) args.push("--to", options.to);
  const output = await from.run(tool, args);
  return output
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Claim)
    .filter((claim) => claim.address !== undefined);
}

/** Starts asking every millisecond; `answered` resolves with the first answer, `asking` once the tool runs. */
export function askUntilAnswered(
  from: NetworkNamespace,
  interfaceName: string,
  address: string,
  forMillis: number,
): { asking: Promise<unknown>; answered: Promise<Claim>; stop(): Promise<unknown> } {
  const args = ["ask", interfaceName, address, "--first", "--every-us", "1000", "--for", String(forMillis)];
  const program = new Program(`ask ${address}`, from.spawn(tool, args));
  return {
    asking: program.line((line) => line["kind"] === "asking"),
    answered: program.line(
      (line) => line["address"] === address,
      forMillis,
    ) as Promise<unknown> as Promise<Claim>,
    stop: () => program.stop("SIGKILL"),
  };
}

/** The one MAC that answers for `address`, or undefined when nobody does; throws when several do. */
export async function ownerMac(
  from: NetworkNamespace,
  interfaceName: string,
  address: string,
  options: { forMillis?: number } = {},
): Promise<string | undefined> {
  const macs = new Set((await whoHas(from, interfaceName, address, options)).map((claim) => claim.mac));
  if (macs.size > 1) throw new Error(`${address} is answered by several hosts: ${[...macs].join(", ")}`);
  return [...macs][0];
}

/**
 * Asks for `address` every `everyMillis` from now on. `stop` ends it and gives the longest time that a question waited for an
 * answer, the last one included, and all answers. Time in which the witness itself got no processor asks nothing.
 */
export async function askAllTheTime(
  from: NetworkNamespace,
  interfaceName: string,
  address: string,
  { everyMillis = 20, forMillis = 60_000 } = {},
): Promise<{ stop(): Promise<{ longestWaitMillis: number; answers: readonly Claim[] }> }> {
  const args = ["ask", interfaceName, address, "--every-us", String(everyMillis * 1000)];
  const program = new Program(
    `ask ${address} all the time`,
    from.spawn(tool, [...args, "--for", String(forMillis)]),
  );
  await program.line((line) => line["kind"] === "asking");
  return {
    async stop() {
      await program.stop();
      const waits = program.lines.map((line) => Number(line["waitedMicros"] ?? 0));
      const answers = program.lines.filter((line) => line["address"] === address) as unknown as Claim[];
      return { longestWaitMillis: Math.max(...waits) / 1000, answers };
    },
  };
}

/** Writes down every claim on an interface until stopped. Resolves once it is listening. */
export async function watchClaims(
  from: NetworkNamespace,
  interfaceName: string,
  forMillis = 60_000,
): Promise<{ claims(): Claim[]; stop(): Promise<Claim[]> }> {
  const program = new Program(
    `watch ${interfaceName}`,
    from.spawn(tool, ["watch", interfaceName, "--for", String(forMillis)]),
  );
  await program.line((line) => line["kind"] === "watching");
  const claims = (): Claim[] =>
    program.lines.filter((line) => line["kind"] !== "watching") as unknown as Claim[];
  return {
    claims,
    async stop() {
      await program.stop();
      return claims();
    },
  };
}

/** Tells the segment that this host has `address`, as a host does that takes one: a gratuitous ARP, or an advertisement. */
export async function claimOnce(
  from: NetworkNamespace,
  interfaceName: string,
  address: string,
): Promise<void> {
  await from.run(tool, ["claim", interfaceName, address]);
}

/** Asks `count` times, one after the other, and gives the latencies in microseconds. */
export async function measureAnswers(
  from: NetworkNamespace,
  interfaceName: string,
  address: string,
  count: number,
  everyMicros: number,
): Promise<Latency> {
  const args = [
    "measure",
    interfaceName,
    address,
    "--count",
    String(count),
    "--every-us",
    String(everyMicros),
  ];
  return JSON.parse(await from.run(tool, args, { timeoutMillis: 120_000 })) as Latency;
}

/** Sends foreign ARP requests at a rate for a while. */
export async function floodRequests(
  from: NetworkNamespace,
  interfaceName: string,
  firstAddress: string,
  perSecond: number,
  forMillis: number,
): Promise<{ sent: number; millis: number }> {
  const args = [
    "flood",
    interfaceName,
    firstAddress,
    "--rate",
    String(perSecond),
    "--for",
    String(forMillis),
  ];
  return JSON.parse(await from.run(tool, args, { timeoutMillis: forMillis + 10_000 })) as {
    sent: number;
    millis: number;
  };
}
