import { compareTexts, type Random } from "@steelyard/model/foundation";
import { sameIpAddress } from "@steelyard/model/address";
import { type GossipEndpoint } from "../../wire/gossip/messages.ts";
import { type Member } from "./types.ts";
import { type Turn } from "./turn.ts";

/** The member of that name. The table is sorted: a map of the same size would cost a copy with every change. */
export function memberOf(members: readonly Member[], name: string): Member | undefined {
  const found = members[positionOf(members, name)];
  return found?.name === name ? found : undefined;
}

/** Puts a member into the table, in place of the one of its name. */
export function putMember(members: readonly Member[], member: Member): readonly Member[] {
  const position = positionOf(members, member.name);
  if (members[position]?.name === member.name) return members.with(position, member);
  return members.toSpliced(position, 0, member);
}

function positionOf(members: readonly Member[], name: string): number {
  let low = 0;
  let high = members.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = members[middle];
    if (other !== undefined && compareTexts(other.name, name) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function isGone({ state }: Member): boolean {
  return state === "dead" || state === "left";
}

export function isOwn(turn: Turn, name: string): boolean {
  return name === turn.context.options.name;
}

export function hasLivingPeer(turn: Turn): boolean {
  return turn.state.members.some((member) => !isGone(member) && !isOwn(turn, member.name));
}

export function sameEndpoint(a: GossipEndpoint, b: GossipEndpoint): boolean {
  return a.port === b.port && sameIpAddress(a.address, b.address);
}

/** A text that is equal for equal endpoints. */
export function endpointKey({ address, port }: GossipEndpoint): string {
  return `${address.family} ${address.value.toString(16)} ${port}`;
}

/**
 * Rule "kRandomNodes" (util.go): up to `count` different members that qualify. In a small ring the draw may miss one; that
 * is as random as the rest.
 */
export function randomMembers(
  members: readonly Member[],
  count: number,
  random: Random,
  qualifies: (member: Member) => boolean,
): readonly Member[] {
  const chosen: Member[] = [];
  for (let draw = 0; draw < 3 * members.length && chosen.length < count; draw++) {
    const member = members[randomBelow(members.length, random)];
    if (member !== undefined && !chosen.includes(member) && qualifies(member)) chosen.push(member);
  }
  return chosen;
}

/** A whole number from 0 to `limit` - 1; 0 when there is none. */
export function randomBelow(limit: number, random: Random): number {
  return Math.min(Math.floor(random.fraction() * limit), Math.max(limit - 1, 0));
}

/** Fisher and Yates. */
export function shuffled<T>(list: readonly T[], random: Random): readonly T[] {
  const copy = [...list];
  for (let last = copy.length - 1; last > 0; last--) {
    const other = randomBelow(last + 1, random);
    const [a, b] = [copy[last], copy[other]];
    if (a === undefined || b === undefined) continue;
    copy[last] = b;
    copy[other] = a;
  }
  return copy;
}
