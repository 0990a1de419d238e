import { compareIpAddresses, formatIpAddress, sameIpAddress } from "@steelyard/model/address";
import { instantAfter } from "@steelyard/model/foundation";
import { type CheckedAddress, RECHECK_TIME, type WireCheckContext, type WireCheckState } from "./types.ts";

export interface Choice {
  readonly about: CheckedAddress;
  readonly attempt: number;
  readonly state: WireCheckState;
}

/**
 * Which is asked about next: one that was not as it should be a moment ago; every other time one that failed a while ago, so that
 * an alarm ends soon after its cause; else the next in a round through all addresses.
 */
export function chooseAddress(state: WireCheckState, context: WireCheckContext): Choice | undefined {
  const { doubted } = state;
  if (doubted !== undefined) return { about: doubted, attempt: 2, state: { ...state, doubted: undefined } };
  const turned = { ...state, retries: !state.retries };
  const failed = state.retries ? longestFailed(state, context) : undefined;
  if (failed !== undefined) return { about: failed, attempt: 1, state: turned };
  const about = nextInRound(state, context);
  return about && { about, attempt: 1, state: { ...turned, last: about.address } };
}

function longestFailed(state: WireCheckState, { now }: WireCheckContext): CheckedAddress | undefined {
  const [oldest] = [...state.failed.values()].sort((left, right) => left.checkedAt - right.checkedAt);
  if (oldest === undefined || now < instantAfter(oldest.checkedAt, RECHECK_TIME)) return undefined;
  return state.addresses.find(({ address }) => sameIpAddress(address, oldest.address));
}

/** Begins anywhere: nodes that start together do not ask about the same addresses. */
function nextInRound(
  { addresses, last }: WireCheckState,
  { random }: WireCheckContext,
): CheckedAddress | undefined {
  if (last === undefined) return addresses[Math.floor(random.fraction() * addresses.length)];
  return addresses.find(({ address }) => compareIpAddresses(address, last) > 0) ?? addresses[0];
}

export function addressKey({ address }: Pick<CheckedAddress, "address">): string {
  return formatIpAddress(address);
}
