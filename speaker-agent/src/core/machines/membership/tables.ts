import { instantAfter } from "@steelyard/model/foundation";
import {
  type GossipNodeState,
  type GossipVersions,
  type PushPullMessage,
  type PushPullNode,
} from "../../wire/gossip/messages.ts";
import { isOwn, randomMembers } from "./member-table.ts";
import { heardAlive, heardDead, heardSuspect, isUnsaid } from "./news.ts";
import { openStream } from "./streams.ts";
import { tableInterval } from "./timing.ts";
import { complain, type Turn } from "./turn.ts";
import { type Member } from "./types.ts";

/** Rule "pushPull" (state.go): compare tables with somebody alive. */
export function exchangeTables(turn: Turn): void {
  const { state, context, now } = turn;
  const [partner] = randomMembers(
    state.members,
    1,
    context.random,
    ({ name, state: at }) => at === "alive" && !isOwn(turn, name),
  );
  if (partner === undefined) return;
  const deadline = instantAfter(now, context.options.tuning.tcpTimeoutMillis);
  const purpose = { kind: "table", node: partner.name } as const;
  openStream(turn, purpose, partner.endpoint, ownTable(turn, false), deadline);
}

/** Rule "pushPullTrigger" (state.go): everybody at another moment. */
export function scheduleFirstTable({ state, context, now }: Turn): void {
  const { pushPullIntervalMillis: interval } = context.options.tuning;
  if (interval > 0) state.nextTableAt = instantAfter(now, interval * (1 + context.random.fraction()));
}

/** Rule "pushPullTrigger" (state.go): the more nodes, the more seldom. */
export function scheduleNextTable({ state, context, now }: Turn): void {
  const { pushPullIntervalMillis } = context.options.tuning;
  state.nextTableAt = instantAfter(now, tableInterval(pushPullIntervalMillis, state.members.length));
}

/** Rule "sendLocalState" (net.go). */
export function ownTable({ state, context }: Turn, join: boolean): PushPullMessage {
  const nodes = state.members.map(
    ({ name: node, endpoint, meta, incarnation, state: at, versions }): PushPullNode => ({
      node,
      endpoint,
      meta,
      incarnation,
      state: at,
      versions,
    }),
  );
  return { type: "push-pull", join, nodes, userState: context.userState() };
}

/**
 * Rule "mergeRemoteState" (net.go).
 *
 * @returns whether the table was taken; not when somebody in it cannot be talked to
 */
export function mergeTable(turn: Turn, { nodes, userState }: PushPullMessage): boolean {
  const problem = whyIncompatible(turn.state.members, nodes);
  if (problem !== undefined) {
    complain(turn, turn.context.options.name, "refused", `a table of members is not taken: ${problem}`);
    return false;
  }
  for (const node of nodes) mergeNode(turn, node);
  if (userState.length > 0) turn.effects.push({ kind: "user-state", payload: userState });
  return true;
}

/**
 * Rule "mergeState" (state.go). Who is dead for somebody else is only suspected here, and so may refute; who has left has
 * said so itself.
 */
function mergeNode(turn: Turn, { state, node, incarnation, ...rest }: PushPullNode): void {
  switch (state) {
    case "alive":
      heardAlive(turn, { type: "alive", node, incarnation, ...rest });
      return;
    case "left":
      heardDead(turn, { type: "dead", node, incarnation, from: node });
      return;
    case "dead":
    case "suspect":
      heardSuspect(turn, { type: "suspect", node, incarnation, from: turn.context.options.name });
  }
}

/** Rule "verifyProtocol" (state.go): every node has to speak what every living node understands. */
function whyIncompatible(own: readonly Member[], others: readonly PushPullNode[]): string | undefined {
  for (const part of ["protocol", "delegate"] as const) {
    const common = { least: 0, greatest: 255 };
    for (const node of others) narrow(common, node, part);
    for (const member of own) narrow(common, member, part);
    const isStranger = ({ versions }: Versioned) =>
      versions[part].current < common.least || versions[part].current > common.greatest;
    const name = others.find(isStranger)?.node ?? own.find(isStranger)?.name;
    if (name !== undefined)
      return `node ${name} does not speak ${part} version ${common.least} to ${common.greatest}, which all others do`;
  }
  return undefined;
}

interface Versioned {
  readonly state: GossipNodeState;
  readonly versions: GossipVersions;
}

/** Takes out what a living node does not understand; one that does not say counts for nothing. */
function narrow(
  common: { least: number; greatest: number },
  { state, versions }: Versioned,
  part: "protocol" | "delegate",
): void {
  if (state !== "alive" || isUnsaid(versions)) return;
  const { minimum, maximum } = versions[part];
  if (minimum > common.least) common.least = minimum;
  if (maximum < common.greatest) common.greatest = maximum;
}
