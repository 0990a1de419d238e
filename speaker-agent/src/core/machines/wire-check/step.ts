import { compareIpAddresses, sameIpAddress } from "@steelyard/model/address";
import { assertNever, instantAfter } from "@steelyard/model/foundation";
import { type Link } from "../../interfaces/link.ts";
import { compileArpAnswerFilter, compileNdpAnswerFilter } from "../../wire/filter/compile-filter.ts";
import { macNumber, sameMac } from "../../wire/mac-address.ts";
import { decodeNeighborAnswer } from "../../wire/neighbor-answers.ts";
import { questionFrame } from "../../wire/neighbor-questions.ts";
import { type SocketPlace } from "../neighbor-socket.ts";
import { addressKey, chooseAddress, type Choice } from "./choose-address.ts";
import { judge } from "./judge.ts";
import { questionPlaces } from "./places.ts";
import { conclude, keepFailed } from "./verdicts.ts";
import {
  type CheckedAddress,
  LISTEN_TIME,
  type Question,
  type QuestionPlace,
  type WireCheckContext,
  type WireCheckEffect,
  type WireCheckInput,
  type WireCheckState,
  type WireCheckStep,
  type WireVerdict,
} from "./types.ts";

/** The check of other nodes' addresses on the wire: see README.md for what it promises. Pure; never throws. */
export function stepWireCheck(
  state: WireCheckState,
  input: WireCheckInput,
  context: WireCheckContext,
): WireCheckStep {
  switch (input.kind) {
    case "addresses":
      return takeAddresses(state, input.addresses, context);
    case "nodes":
      return { state: { ...state, nodes: input.nodes }, effects: [] };
    case "links":
      return { state: { ...state, links: input.links }, effects: [] };
    case "timer":
      return input.timer === "ask" ? ask(state, context) : listened(state, context);
    case "socket-opened":
      return opened(state, input);
    case "socket-error":
      return refused(state, input);
    case "frames":
      return heard(state, input);
    default:
      return assertNever(input);
  }
}

function takeAddresses(
  before: WireCheckState,
  addresses: readonly CheckedAddress[],
  context: WireCheckContext,
): WireCheckStep {
  const sorted = [...addresses].sort((left, right) => compareIpAddresses(left.address, right.address));
  const kept = keepFailed(before, sorted, context);
  const { state, effects } = kept;
  const { config, now, random } = context;
  if (config.interval <= 0 || sorted.length === 0 || state.askAt !== undefined) return kept;
  // The first question comes at any time within the interval, so that nodes that start together do not ask together.
  const askAt = instantAfter(now, config.interval * random.fraction());
  return { state: { ...state, askAt }, effects: [...effects, { kind: "arm", timer: "ask", at: askAt }] };
}

/** At most one question per interval and a little more, whether there was something to ask or not. */
function ask(before: WireCheckState, context: WireCheckContext): WireCheckStep {
  const { config, now, random } = context;
  if (before.addresses.length === 0) return { state: { ...before, askAt: undefined }, effects: [] };
  const pause = Math.max(config.interval, 2 * LISTEN_TIME) * (1 + random.fraction() / 4);
  const askAt = instantAfter(now, pause);
  const again: WireCheckEffect = { kind: "arm", timer: "ask", at: askAt };
  const state = { ...before, askAt };
  const choice = chooseAddress(state, context);
  // A thread that was held up may find the question before this one still open.
  if (choice === undefined || state.question !== undefined) return { state, effects: [again] };
  return openQuestion(choice, again, context);
}

function openQuestion(
  { about, attempt, state }: Choice,
  again: WireCheckEffect,
  { config, now }: WireCheckContext,
): WireCheckStep {
  const places = questionPlaces(about, state.links, config);
  if (places.size === 0) return { state, effects: [again] };
  const opening = [...places.keys()].map((interfaceIndex) => openSocket(about, interfaceIndex));
  const listen: WireCheckEffect = { kind: "arm", timer: "listen", at: instantAfter(now, LISTEN_TIME) };
  return {
    state: { ...state, question: { about, attempt, places, answered: new Map() } },
    effects: [again, listen, ...opening],
  };
}

function openSocket({ address }: CheckedAddress, interfaceIndex: number): WireCheckEffect {
  const exact = { precision: "exact" } as const;
  const protocol = protocolOf(address);
  const { program, precision } =
    protocol === "arp" ? compileArpAnswerFilter([address], exact) : compileNdpAnswerFilter([address], exact);
  return { kind: "open-socket", interfaceIndex, protocol, filter: program, precision };
}

function opened(state: WireCheckState, { interfaceIndex, protocol }: SocketPlace): WireCheckStep {
  const { question } = state;
  const place = question?.places.get(interfaceIndex);
  if (question === undefined || place?.at !== "opening") return unchanged(state);
  const { link, from } = place;
  const frame = questionFrame({ mac: link.mac, from, target: question.about.address });
  return {
    state: withPlace(state, question, { ...place, at: "asked" }),
    effects: [{ kind: "send", interfaceIndex, protocol, frames: [frame] }],
  };
}

/** Whatever goes wrong on a link, its silence proves nothing. */
function refused(state: WireCheckState, { interfaceIndex }: SocketPlace): WireCheckStep {
  const { question } = state;
  const place = question?.places.get(interfaceIndex);
  if (question === undefined || place === undefined) return unchanged(state);
  return unchanged(withPlace(state, question, { ...place, at: "failed" }));
}

function heard(state: WireCheckState, { frames }: { readonly frames: readonly Uint8Array[] }): WireCheckStep {
  const { question } = state;
  if (question === undefined) return unchanged(state);
  const answered = new Map(question.answered);
  for (const bytes of frames) {
    const answer = decodeNeighborAnswer(bytes);
    if (!answer.ok || !sameIpAddress(answer.value.address, question.about.address)) continue;
    const number = macNumber(answer.value.mac);
    if (number !== undefined && answered.size < MOST_ANSWERS) answered.set(number, answer.value.mac.slice());
  }
  return unchanged({ ...state, question: { ...question, answered } });
}

/** Two tell all there is to tell; a flood must not fill the memory. */
const MOST_ANSWERS = 8;

/** The time for answers is over. */
function listened(before: WireCheckState, context: WireCheckContext): WireCheckStep {
  const { question } = before;
  if (question === undefined) return unchanged(before);
  const state = { ...before, question: undefined };
  const closing = [...question.places].flatMap(([interfaceIndex, place]) =>
    closeSocket(question, interfaceIndex, place),
  );
  const verdict = isMoot(question, state) ? undefined : judge(question, state.nodes);
  if (verdict === undefined) return { state, effects: closing };
  if (isDoubtful(verdict, question, state))
    return { state: { ...state, doubted: question.about }, effects: closing };
  const concluded = conclude(state, question, verdict, context);
  return { state: concluded.state, effects: [...closing, ...concluded.effects] };
}

/** A frame may be lost, and while an address moves two may answer: bad news is believed the second time. */
function isDoubtful(verdict: WireVerdict, { about, attempt }: Question, { failed }: WireCheckState): boolean {
  return verdict !== "Reachable" && attempt === 1 && failed.get(addressKey(about))?.verdict !== verdict;
}

/** A socket that failed is closed all the same: closing one that is not there does nothing. */
function closeSocket(
  { about }: Question,
  interfaceIndex: number,
  { at }: QuestionPlace,
): readonly WireCheckEffect[] {
  return at === "opening"
    ? []
    : [{ kind: "close-socket", interfaceIndex, protocol: protocolOf(about.address) }];
}

/** The world has changed since the question was asked: another owner, or links that are not what they were. */
function isMoot({ about, places }: Question, { addresses, links }: WireCheckState): boolean {
  const now = addresses.find((each) => addressKey(each) === addressKey(about));
  return now?.owner !== about.owner || ![...places.values()].every(({ link }) => isSame(link, links));
}

function isSame(link: Link, links: readonly Link[]): boolean {
  const now = links.find(({ index }) => index === link.index);
  return now !== undefined && now.running && sameMac(now.mac, link.mac);
}

function withPlace(state: WireCheckState, question: Question, place: QuestionPlace): WireCheckState {
  const places = new Map(question.places).set(place.link.index, place);
  return { ...state, question: { ...question, places } };
}

function protocolOf({ family }: CheckedAddress["address"]): SocketPlace["protocol"] {
  return family === "IPv4" ? "arp" : "ipv6";
}

function unchanged(state: WireCheckState): WireCheckStep {
  return { state, effects: [] };
}
