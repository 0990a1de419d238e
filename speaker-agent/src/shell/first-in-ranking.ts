import { formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { rankAnnouncers, type Sha256 } from "../core/election/rank-announcers.ts";
import { type Candidate, type ElectableAddress, type ElectionSnapshot } from "../core/election/types.ts";
import { type AnnouncementSnapshot, type WorkerReport } from "../core/machines/announcer/types.ts";
import { type NetioReport } from "../ports/netio-report.ts";

export interface FirstInRankingOptions {
  readonly nodeName: string;
  readonly excludeInterfaces: string | undefined;
}

interface Elected {
  readonly candidates: readonly Candidate[];
  readonly address: IpAddress;
  readonly owner: Candidate | undefined;
}

/**
 * Who owns what while agents do not tell each other that they live: the main thread leaves dead nodes out, and the first
 * in MetalLB's order is the only owner that all nodes choose alike.
 */
export class FirstInRanking {
  readonly #options: FirstInRankingOptions;
  readonly #sha256: Sha256;
  #elected: ReadonlyMap<string, Elected> = new Map();
  /** Texts and owners that have not been told yet. */
  #untold = new Map<string, NetioReport["owners"][number]>();

  constructor(options: FirstInRankingOptions, deps: { readonly sha256: Sha256 }) {
    this.#options = options;
    this.#sha256 = deps.sha256;
  }

  /** What this node has to announce. */
  elect({ version, addresses }: ElectionSnapshot): AnnouncementSnapshot {
    const before = this.#elected;
    this.#elected = new Map(
      addresses.map((electable) => {
        const key = `${formatIpAddress(electable.address)} ${formatIpAddress(electable.electionKey)}`;
        const known = before.get(key);
        return [key, known?.candidates === electable.candidates ? known : this.#elect(electable)];
      }),
    );
    this.#noteChanges(before);
    const own = [...this.#elected.values()].flatMap(({ address, owner }) => {
      if (owner?.node !== this.#options.nodeName) return [];
      return [{ address, interfaces: owner.interfaces, epoch: 0, probe: false }];
    });
    return { version, ...this.#options, announcements: own, probeOnly: [] };
  }

  report(report: WorkerReport): NetioReport {
    const owners = [...this.#untold.values()];
    this.#untold = new Map();
    return {
      ...report,
      policy: { inForce: "hash", because: "there is no membership" },
      settled: true,
      owners,
      members: undefined,
      held: [],
      defended: [],
      checks: [],
      checked: { Reachable: 0, NobodyAnswers: 0, TwoAnswer: 0, ForeignHost: 0 },
      drops: {},
    };
  }

  #elect({ address, electionKey, candidates }: ElectableAddress): Elected {
    const standing = candidates.map(({ node, preference }) => ({ node, preference, exclusion: undefined }));
    const [first] = rankAnnouncers(standing, electionKey, this.#sha256).ranking;
    return { candidates, address, owner: candidates.find(({ node }) => node === first?.node) };
  }

  #noteChanges(before: ReadonlyMap<string, Elected>): void {
    for (const { address } of before.values())
      this.#untold.set(formatIpAddress(address), { address, node: undefined });
    for (const { address, owner } of this.#elected.values()) {
      this.#untold.set(formatIpAddress(address), { address, node: owner?.node });
    }
  }
}
