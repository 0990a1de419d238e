import { formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { type Condition } from "@steelyard/model/resources";
import { type Contest } from "./contest.ts";
import { describeField } from "./contested-field.ts";
import { ownFieldManager } from "./find-rival.ts";
import { type Rival, type ToldContest } from "./types.ts";

export const contestedType = "steelyard.io/Contested";

type Verdict = Omit<Condition, "lastTransitionTime">;

/**
 * The condition that says who works against us, what we do about it, and what the user should do; undefined = it shall
 * not be there. Nothing in it depends on what the rival writes, or each of its writes would bring one of ours.
 *
 * @param before what the Service says now; of a contest that began before our time it knows more than we do
 */
export function contestedCondition(
  contest: Contest | undefined,
  addresses: readonly IpAddress[],
  before: Condition | undefined,
): Verdict | undefined {
  const { rewriting, flipping } = contest ?? {};
  if (rewriting === undefined && flipping === undefined) return undefined;
  const sentences = [
    flipping && explainFlips(flipping.rival, flipping.hold, addresses),
    rewriting && explainRewrites(rewriting.rival, addresses),
  ].filter((sentence) => sentence !== undefined);
  if (sentences.length === 0) return before;
  const reason = flipping === undefined ? "StatusRewritten" : "RequestFlips";
  return { type: contestedType, status: "True", reason, message: sentences.join("; ") };
}

/** What the Service says of a contest: the condition by its reason, and our annotation, which only a rewrite brings. */
export function toldContest(condition: Condition | undefined, isDefended: boolean): ToldContest {
  const isTold = condition?.status === "True";
  return {
    isRewritten: isTold && (condition.reason === "StatusRewritten" || isDefended),
    isFlipping: isTold && condition.reason === "RequestFlips",
  };
}

const remedy =
  "let only one controller serve this Service: stop the other one, or give each its own Services by " +
  "spec.loadBalancerClass";

const remedyAmongOperators =
  "is there a second Deployment, or one with another --namespace? let only one serve this Service";

function remedyFor(rival: Rival): string {
  return isNamesake(rival) ? remedyAmongOperators : remedy;
}

function isNamesake(rival: Rival): boolean {
  return rival.is === "named" && rival.manager === ownFieldManager;
}

function explainRewrites(rival: Rival, addresses: readonly IpAddress[]): string | undefined {
  if (rival.is === "told-before") return undefined;
  const what = `${nameOf(rival)} keeps changing what the operator writes into ${describeField(rival.field)}`;
  const stays =
    addresses.length === 0 ? "" : `; agents go on answering for ${list(addresses)}, which the Service holds`;
  return `${what}; it is restored once a minute at most${stays}; ${remedyFor(rival)}`;
}

function explainFlips(rival: Rival, hold: number, addresses: readonly IpAddress[]): string | undefined {
  if (rival.is === "told-before") return undefined;
  const what = `${nameOf(rival)} keeps changing ${describeField(rival.field)}`;
  const minutes = Math.round(hold / 60_000);
  const stays = addresses.length === 0 ? "" : `${list(addresses)} stays, and `;
  return `${what}; ${stays}requests are not followed until nobody has changed them for ${minutes} minutes; ${remedyFor(rival)}`;
}

function nameOf(rival: Exclude<Rival, { readonly is: "told-before" }>): string {
  if (isNamesake(rival)) return `another operator that calls itself "${ownFieldManager}"`;
  return rival.is === "named"
    ? `field manager "${rival.manager}"`
    : "somebody whom the API server has not recorded";
}

function list(addresses: readonly IpAddress[]): string {
  return addresses.map(formatIpAddress).join(" and ");
}
