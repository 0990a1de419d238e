import { createHash } from "node:crypto";
import { formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { type Instant } from "@steelyard/model/foundation";
import { encodeNodeMeta } from "../../../wire/agent-messages/node-meta.ts";
import { type OwnAnnouncement } from "../../announcer/types.ts";
import { initialOwnershipState, type OwnershipState } from "../state.ts";
import { stepOwnership } from "../step.ts";
import { type OwnershipConfig, type OwnershipEffect, type OwnershipInput } from "../types.ts";

export const sha256 = (text: string): Uint8Array => createHash("sha256").update(text).digest();

/** What the announcer of a node does with one address. */
export interface Announcing {
  epoch: number;
  /** False = the segment is still being asked, or a socket opened. */
  announced: boolean;
}

/** One node of the simulation: the machine, a clock that may be wrong, and an announcer as simple as can be. */
export class SimNode {
  readonly name: string;
  state: OwnershipState = initialOwnershipState;
  /** A speaker of MetalLB instead of an agent. */
  isSpeaker = false;
  /** The program runs; false = crashed, killed or ended. */
  running = false;
  /** The kernel answers ARP. */
  kernel = true;
  /** SIGSTOP. */
  paused = false;
  startedAt = 0;
  /** Counts its starts, so that what was meant for an earlier life does not reach the next. */
  life = 0;
  clockOffset = 0;
  drained = false;
  /** Where a hundred milliseconds of the sluggish kind are spent: everything that happened while paused. */
  readonly backlog: (() => void)[] = [];
  /** By address text. */
  announcing = new Map<string, Announcing>();
  armedFor: number | undefined;
  watchedPeers: readonly string[] = [];
  reported = new Map<string, string | undefined>();

  constructor(name: string) {
    this.name = name;
  }

  get meta(): Uint8Array {
    return this.isSpeaker ? new Uint8Array() : encodeNodeMeta({ startedAt: this.startedAt });
  }

  /** Whether it answers the segment for an address right now. */
  answers(address: string): boolean {
    return this.running && !this.paused && this.announcing.get(address)?.announced === true;
  }

  step(now: number, config: OwnershipConfig, input: OwnershipInput): readonly OwnershipEffect[] {
    const context = { now: (now + this.clockOffset) as Instant, config, sha256 };
    const { state, effects } = stepOwnership(this.state, input, context);
    this.state = state;
    return effects;
  }

  forget(): void {
    this.state = initialOwnershipState;
    this.announcing = new Map();
    this.backlog.length = 0;
    this.armedFor = undefined;
    this.watchedPeers = [];
    this.reported = new Map();
    this.drained = false;
    this.paused = false;
    this.life += 1;
  }
}

export function textOf(address: IpAddress): string {
  return formatIpAddress(address);
}

export function byAddress(announcements: readonly OwnAnnouncement[]): ReadonlyMap<string, OwnAnnouncement> {
  return new Map(announcements.map((each) => [formatIpAddress(each.address), each]));
}
