import { randomInt } from "node:crypto";
import {
  formatIpAddress,
  type IpAddress,
  type IpFamily,
  type IpRange,
  parseIpAddress,
  parseIpPrefix,
  prefixRange,
} from "@steelyard/model/address";
import { arrayAt, type KubeObject } from "../json.ts";
import { type ObjectStore } from "../store/object-store.ts";

export type ClaimProblem =
  "provided IP is already allocated" | "the provided network does not match the current range";

/**
 * Which cluster IPs are taken. Nothing is kept by hand: the index follows the Services in the store, so a refused or
 * dry-run write leaves no trace.
 */
export class ClusterAddresses {
  readonly #ranges: readonly IpRange[];
  readonly #holders = new Map<string, string>();

  /** `ranges` are prefixes, the primary family first, such as `10.96.0.0/16` and `fd96::/112`. */
  constructor(store: ObjectStore, ranges: readonly string[]) {
    this.#ranges = ranges.map(rangeOf);
    store.observe((resource, event) => {
      if (resource !== "services") return;
      for (const ip of clusterIpsOf(event.previous)) this.#holders.delete(ip);
      if (event.type !== "DELETED")
        for (const ip of clusterIpsOf(event.object)) this.#holders.set(ip, event.key);
    });
  }

  /** Configured families, the primary one first. */
  get families(): readonly IpFamily[] {
    return this.#ranges.map(({ family }) => family);
  }

  /**
   * A free address; undefined when the range is used up. The lowest addresses come last: they are kept for Services that
   * ask for a certain one.
   */
  choose(family: IpFamily): string | undefined {
    const range = this.#ranges.find((candidate) => candidate.family === family);
    if (range === undefined) return undefined;
    // The first address is the network's own; the size is cut where a number would lose precision, in huge IPv6 ranges.
    const size = Math.min(Number(range.last - range.first), 2 ** 47);
    const reserved = Math.min(Math.max(16, Math.floor(size / 16)), 256);
    return this.#freeFrom(range, Math.min(reserved, size - 1), size) ?? this.#freeFrom(range, 0, size);
  }

  /** The first free address from a random one on, around the range once. */
  #freeFrom({ family, first }: IpRange, from: number, size: number): string | undefined {
    const count = size - from;
    const start = randomInt(count);
    for (let step = 0; step < count; step += 1) {
      const value = first + 1n + BigInt(from + ((start + step) % count));
      const text = formatIpAddress({ family, value });
      if (!this.#holders.has(text)) return text;
    }
    return undefined;
  }

  /** Why `address` cannot be given to the Service `key`; undefined when it can, or is its own already. */
  whyNot(address: IpAddress, key: string): ClaimProblem | undefined {
    const range = this.#ranges.find(({ family }) => family === address.family);
    if (range === undefined || address.value <= range.first || address.value > range.last) {
      return "the provided network does not match the current range";
    }
    const holder = this.#holders.get(formatIpAddress(address));
    return holder === undefined || holder === key ? undefined : "provided IP is already allocated";
  }
}

function rangeOf(text: string): IpRange {
  const prefix = parseIpPrefix(text);
  if (!prefix.ok) throw new Error(`Service range ${text}: ${prefix.error.message}`);
  return prefixRange(prefix.value);
}

function clusterIpsOf(service: KubeObject | undefined): readonly string[] {
  const texts = arrayAt(service, "spec", "clusterIPs").map(String);
  return texts.flatMap((text) => {
    const address = parseIpAddress(text);
    return address.ok ? [formatIpAddress(address.value)] : [];
  });
}
