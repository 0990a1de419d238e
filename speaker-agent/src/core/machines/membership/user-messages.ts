import { ByteReader, ByteWriter, instantAfter } from "@steelyard/model/foundation";
import { COMPOUND_ENTRY_BYTES } from "../../wire/gossip/messages.ts";
import { memberOf, isGone } from "./member-table.ts";
import { hurryGossip, roomOf, sendDatagram, spreadUserMessage } from "./sending.ts";
import { openStream } from "./streams.ts";
import { complain, type Turn } from "./turn.ts";
import { type HeardBroadcasts, type MembershipOptions } from "./types.ts";

/** "Sy": user messages of others, whatever they may be, do not begin so. */
const MAGIC = 0x5379;
const DIRECT = 1;
const SPREADING = 2;
/** Magic, kind, what it is about (8), its number (4), and the type byte of a user message. */
const ENVELOPE_BYTES = 2 + 1 + 8 + 4 + 1;

/** The local user's broadcasts go out at once, but not more often than this. */
const HURRY_MILLIS = 20;
/** So many keys are remembered twice over. */
const MOST_HEARD = 512;

/** The longest payload of a broadcast: it has to fit into one datagram. */
export function maxBroadcastBytes(options: MembershipOptions): number {
  return roomOf(options) - COMPOUND_ENTRY_BYTES - ENVELOPE_BYTES;
}

/**
 * memberlist sends a user message a few times to random nodes and leaves the rest to the application; here everybody who
 * hears it for the first time passes it on. What it is about is a hash of origin, start and key, and its number tells
 * newer from older, so that a late copy cannot come after its successor.
 */
export function broadcastUserMessage(turn: Turn, key: string, payload: Uint8Array): void {
  const { state, context } = turn;
  const { name } = context.options;
  if (payload.length > maxBroadcastBytes(context.options)) {
    complain(turn, name, "refused", "a message of this node is too long to be broadcast");
    return;
  }
  state.userSequence = (state.userSequence + 1) >>> 0;
  const about = hash64(`${name}\n${state.run}\n${key}`);
  remember(turn, about, state.userSequence);
  spreadUserMessage(turn, about.toString(16), wrapSpreading(about, state.userSequence, payload));
  hurryGossip(turn, HURRY_MILLIS);
}

/** Rules "SendBestEffort" and "SendReliable" (memberlist.go), by size. */
export function sendUserMessage(turn: Turn, to: string, payload: Uint8Array): void {
  const { options } = turn.context;
  const member = memberOf(turn.state.members, to);
  if (member === undefined || isGone(member)) return;
  const bytes = new ByteWriter(payload.length + 3).u16(MAGIC).u8(DIRECT).bytes(payload).toBytes();
  const message = { type: "user", payload: bytes } as const;
  if (turn.context.sizeOf(message) <= roomOf(options)) {
    sendDatagram(turn, member.endpoint, [message], member);
    return;
  }
  const deadline = instantAfter(turn.now, options.tuning.tcpTimeoutMillis);
  openStream(turn, { kind: "user" }, member.endpoint, message, deadline);
}

/** Rule "handleUser" (net.go). What is not ours is nobody's here: MetalLB's speakers send none. */
export function heardUserMessage(turn: Turn, bytes: Uint8Array): void {
  const reader = new ByteReader(bytes);
  if (reader.u16() !== MAGIC) return;
  const kind = reader.u8();
  if (kind === DIRECT) turn.effects.push({ kind: "user-message", payload: reader.rest().slice() });
  if (kind !== SPREADING) return;
  const about = reader.u64();
  const sequence = reader.u32();
  if (about === undefined || sequence === undefined || isKnown(turn.state.heard, about, sequence)) return;
  remember(turn, about, sequence);
  const payload = reader.rest().slice();
  spreadUserMessage(turn, about.toString(16), wrapSpreading(about, sequence, payload));
  turn.effects.push({ kind: "user-message", payload });
}

function wrapSpreading(about: bigint, sequence: number, payload: Uint8Array): Uint8Array {
  const writer = new ByteWriter(payload.length + ENVELOPE_BYTES);
  return writer.u16(MAGIC).u8(SPREADING).u64(about).u32(sequence).bytes(payload).toBytes();
}

function isKnown({ recent, older }: HeardBroadcasts, about: bigint, sequence: number): boolean {
  const known = recent.get(about) ?? older.get(about);
  return known !== undefined && known >= sequence;
}

/** Two generations: when one is full the older is forgotten, at a price that does not depend on how much is known. */
function remember({ state }: Turn, about: bigint, sequence: number): void {
  const { recent, older } = state.heard;
  const full = recent.size >= MOST_HEARD && !recent.has(about);
  state.heard = {
    recent: new Map([...(full ? [] : recent), [about, sequence]]),
    older: full ? recent : older,
  };
}

/** Two rounds of FNV-1a over the UTF-16 units: spreads well, keeps no secret. */
function hash64(text: string): bigint {
  const half = (seed: number) => {
    let hash = seed;
    for (let index = 0; index < text.length; index++)
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    return BigInt(hash >>> 0);
  };
  return (half(0x811c9dc5) << 32n) | half(0x9dc5811c);
}
