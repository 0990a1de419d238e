import { encodeBgpMessage } from "../../wire/bgp/codec.ts";
import { type BgpMessage } from "../../wire/bgp/messages.ts";
import { count, type Turn } from "./turn.ts";
import { type BgpSessionCounters, type ConnectionId } from "./types.ts";

const COUNTER_OF = {
  open: "opensSent",
  update: "updatesSent",
  notification: "notificationsSent",
  keepalive: "keepalivesSent",
  "route-refresh": "routeRefreshesSent",
} as const satisfies Record<BgpMessage["kind"], keyof BgpSessionCounters>;

/** Anything but an UPDATE: those depend on what was negotiated. */
export function send(
  turn: Turn,
  connection: ConnectionId,
  message: Exclude<BgpMessage, { kind: "update" }>,
): void {
  count(turn, COUNTER_OF[message.kind]);
  const bytes = encodeBgpMessage(message, { fourByteAsn: true });
  turn.effects.push({ kind: "send", connection, bytes });
}

/** Larger pieces save system calls, and the kernel takes this much at once. */
const MOST_BYTES_AT_ONCE = 65_536;

/** Many messages in few pieces. */
export function sendAll(
  turn: Turn,
  connection: ConnectionId,
  messages: readonly BgpMessage[],
  options: { readonly fourByteAsn: boolean },
): void {
  const counted = { ...turn.state.counters };
  let piece: Uint8Array[] = [];
  let size = 0;
  const flush = () => {
    if (size > 0) turn.effects.push({ kind: "send", connection, bytes: joined(piece, size) });
    piece = [];
    size = 0;
  };
  for (const message of messages) {
    const bytes = encodeBgpMessage(message, options);
    if (size + bytes.length > MOST_BYTES_AT_ONCE) flush();
    piece.push(bytes);
    size += bytes.length;
    counted[COUNTER_OF[message.kind]]++;
  }
  flush();
  turn.state.counters = counted;
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}
