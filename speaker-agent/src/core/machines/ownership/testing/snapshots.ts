import { type Candidate, type ElectionSnapshot } from "../../../election/types.ts";
import { ip } from "../../../wire/testing/ip.ts";

export interface SnapshotOptions {
  readonly version?: number;
  readonly preferred?: Readonly<Record<string, number>>;
  readonly ready?: readonly string[];
  readonly fresh?: boolean;
}

export function candidatesOf(
  nodes: readonly string[],
  preferred: Readonly<Record<string, number>> = {},
): readonly Candidate[] {
  return [...nodes].sort().map((node) => ({ node, preference: preferred[node] ?? 0, interfaces: [] }));
}

/** The same candidates for all addresses. */
export function snapshotOf(
  addresses: readonly string[],
  nodes: readonly string[],
  options: SnapshotOptions = {},
): Omit<ElectionSnapshot, "nodeName"> {
  const candidates = candidatesOf(nodes, options.preferred);
  return {
    version: options.version ?? 1,
    addresses: addresses.map((address) => ({
      address: ip(address),
      electionKey: ip(address),
      candidates,
      fresh: options.fresh ?? false,
      bindTo: undefined,
    })),
    probeOnly: [],
    readyNodes: options.ready ?? [...nodes].sort(),
  };
}
