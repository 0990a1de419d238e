import { formatIpAddress } from "@steelyard/model/address";
import { rankAnnouncers, type Sha256 } from "../election/rank-announcers.ts";
import { type Candidate, type ElectableAddress } from "../election/types.ts";
import { type Announcement } from "../election/ranked-announcement.ts";
import { findCandidate } from "./find-candidate.ts";

/** The order of the candidates for each address of this node, as long as the worker does not elect by itself. */
export class ElectableRanker {
  readonly #nodeName: string;
  readonly #sha256: Sha256;
  #ranked: ReadonlyMap<string, Ranked> = new Map();

  constructor(options: { readonly nodeName: string }, deps: { readonly sha256: Sha256 }) {
    this.#nodeName = options.nodeName;
    this.#sha256 = deps.sha256;
  }

  rank(addresses: readonly ElectableAddress[]): readonly Announcement[] {
    const ranked = addresses.flatMap((electable): [string, Ranked][] => {
      const own = findCandidate(electable.candidates, this.#nodeName);
      if (own === undefined) return [];
      const key = `${formatIpAddress(electable.address)} ${formatIpAddress(electable.electionKey)}`;
      const before = this.#ranked.get(key);
      return [[key, before?.candidates === electable.candidates ? before : this.#rankOne(electable, own)]];
    });
    this.#ranked = new Map(ranked);
    return ranked.map(([, { announcement }]) => announcement);
  }

  #rankOne({ address, electionKey, candidates }: ElectableAddress, { interfaces }: Candidate): Ranked {
    const standing = candidates.map(({ node, preference }) => ({ node, preference, exclusion: undefined }));
    const { ranking } = rankAnnouncers(standing, electionKey, this.#sha256);
    return { candidates, announcement: { address, ranking: ranking.map(({ node }) => node), interfaces } };
  }
}

interface Ranked {
  readonly candidates: readonly Candidate[];
  readonly announcement: Announcement;
}
