import { sameIpAddress } from "@steelyard/model/address";
import { assertNever, instantAfter } from "@steelyard/model/foundation";
import { type NeighborSocketInput, type SocketPlace } from "../neighbor-socket.ts";
import { doDue, earliest, nextDue } from "./due.ts";
import { discoveryMessageIn, hear } from "./heard-routers.ts";
import {
  type DiscoveredRouter,
  RETRY_PAUSE,
  type RouterDiscoveryContext,
  type RouterDiscoveryEffect,
  type RouterDiscoveryInput,
  type RouterDiscoveryState,
  type RouterDiscoveryStep,
  type WatchedLink,
} from "./types.ts";
import { settleLinks } from "./watched-links.ts";

/** Router discovery on unnumbered links: see README.md for what it promises. Pure; never throws. */
export function stepRouterDiscovery(
  before: RouterDiscoveryState,
  input: RouterDiscoveryInput,
  context: RouterDiscoveryContext,
): RouterDiscoveryStep {
  const taken = take(before, input, context);
  const worked = work(taken, context);
  const { state } = worked;
  const routers = discoveredRouters(state);
  const isNews = !sameRouters(discoveredRouters(before), routers);
  const at = earliest([...state.watched.values()].map(nextDue));
  return {
    state,
    effects: [
      ...worked.effects,
      ...(isNews ? [{ kind: "routers", routers } as const] : []),
      ...(at === undefined ? [] : [{ kind: "arm", at } as const]),
    ],
  };
}

function take(
  state: RouterDiscoveryState,
  input: RouterDiscoveryInput,
  context: RouterDiscoveryContext,
): RouterDiscoveryStep {
  switch (input.kind) {
    case "watch":
      return settled({ ...state, interfaces: [...new Set(input.interfaces)].sort() }, context);
    case "links":
      return settled({ ...state, links: input.links }, context);
    case "timer":
      return { state, effects: [] };
    case "frames":
      return heard(state, input, context);
    case "socket-opened":
      return changed(state, input, opened);
    case "socket-error":
      return refused(state, input, context);
    default:
      return assertNever(input);
  }
}

function settled(state: RouterDiscoveryState, { now }: RouterDiscoveryContext): RouterDiscoveryStep {
  const { watched, effects } = settleLinks(state, now);
  return { state: { ...state, watched }, effects };
}

function heard(
  state: RouterDiscoveryState,
  input: Extract<NeighborSocketInput, { kind: "frames" }>,
  context: RouterDiscoveryContext,
): RouterDiscoveryStep {
  const messages = input.frames.map(discoveryMessageIn).filter((message) => message !== undefined);
  const before = linkAt(state, input);
  const step = changed(state, input, (link) =>
    messages.reduce((current, message) => hear(current, message, context), link),
  );
  const after = linkAt(step.state, input);
  const found = (after?.routers ?? []).filter(
    ({ address }) => before?.routers.some((known) => sameIpAddress(known.address, address)) === false,
  );
  const effects = found.map(({ address }): RouterDiscoveryEffect => ({
    kind: "transition",
    interface: after?.interface ?? "",
    address,
    to: "found",
    because: "it advertises itself",
  }));
  return { state: step.state, effects };
}

function opened(link: WatchedLink): WatchedLink {
  return link.socket === "opening" ? { ...link, socket: "open", deafBecause: undefined } : link;
}

/** A link that is down, or a full queue, passes; anything else ends the socket for a while. */
function refused(
  state: RouterDiscoveryState,
  input: Extract<NeighborSocketInput, { kind: "socket-error" }>,
  { now }: RouterDiscoveryContext,
): RouterDiscoveryStep {
  const { during, verdict, code, interfaceIndex } = input;
  const link = linkAt(state, input);
  const passes = (during === "send" || during === "receive") && verdict === "later";
  if (link === undefined || link.socket === "failed" || passes) return { state, effects: [] };
  const advertiseAt = instantAfter(now, RETRY_PAUSE);
  const fail = (one: WatchedLink): WatchedLink => ({
    ...one,
    socket: "failed",
    advertiseAt,
    deafBecause: code,
  });
  const effects: RouterDiscoveryEffect[] = [];
  if (during !== "open") effects.push({ kind: "close-socket", interfaceIndex, protocol: "ipv6" });
  if (link.deafBecause !== code) effects.push({ kind: "deaf", interface: link.interface, code });
  return { state: changed(state, input, fail).state, effects };
}

function work({ state, effects }: RouterDiscoveryStep, context: RouterDiscoveryContext): RouterDiscoveryStep {
  const watched = new Map<string, WatchedLink>();
  const all = [...effects];
  for (const [name, link] of state.watched) {
    const turn = doDue(link, context);
    watched.set(name, turn.link);
    all.push(...turn.effects);
  }
  return { state: { ...state, watched }, effects: all };
}

function linkAt({ watched }: RouterDiscoveryState, { interfaceIndex }: SocketPlace): WatchedLink | undefined {
  for (const link of watched.values()) if (link.index === interfaceIndex) return link;
  return undefined;
}

function changed(
  state: RouterDiscoveryState,
  place: SocketPlace,
  change: (link: WatchedLink) => WatchedLink,
): RouterDiscoveryStep {
  const link = linkAt(state, place);
  if (link === undefined) return { state, effects: [] };
  const watched = new Map(state.watched).set(link.interface, change(link));
  return { state: { ...state, watched }, effects: [] };
}

function discoveredRouters({ watched }: RouterDiscoveryState): readonly DiscoveredRouter[] {
  return [...watched.values()].flatMap((link) =>
    link.routers.map(({ address }) => ({ interface: link.interface, address })),
  );
}

function sameRouters(left: readonly DiscoveredRouter[], right: readonly DiscoveredRouter[]): boolean {
  if (left.length !== right.length) return false;
  return left.every((one, index) => {
    const other = right[index];
    return (
      other !== undefined && one.interface === other.interface && sameIpAddress(one.address, other.address)
    );
  });
}
