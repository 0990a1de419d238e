import { type GossipMessage } from "../../wire/gossip/messages.ts";

/** A message that spreads through the ring (rule "TransmitLimitedQueue", queue.go). */
export interface Broadcast {
  /** What it is about: a later message of the same key replaces an earlier one. */
  readonly key: string;
  readonly message: GossipMessage;
  /** Bytes inside a datagram. */
  readonly size: number;
  /** How often it has been sent. */
  readonly transmits: number;
  readonly id: number;
}

/** Rule "queueBroadcast": what contradicts an earlier message takes its place. The queue is in the order of sending. */
export function enqueue(queue: readonly Broadcast[], broadcast: Broadcast): readonly Broadcast[] {
  const rest = queue.filter(({ key }) => key !== broadcast.key);
  const position = rest.findIndex((other) => goesBefore(broadcast, other));
  return position < 0 ? [...rest, broadcast] : rest.toSpliced(position, 0, broadcast);
}

/** No message is shorter: when so little room is left, nobody needs to look for one that fits. */
const LEAST_MESSAGE = 1;

/** How much one datagram takes. */
export interface DatagramRoom {
  /** Bytes for messages. */
  readonly limit: number;
  /** Bytes each message costs beside its own. */
  readonly overhead: number;
  readonly mostMessages: number;
  /** How often a message is sent before it leaves the queue. */
  readonly transmitLimit: number;
}

/**
 * Rule "GetBroadcasts": the least sent first, the greatest of them that still fits first, so that the datagram gets full.
 *
 * @returns what to send, the bytes it takes, and the queue without what has now been sent often enough
 */
export function takeBroadcasts(
  queue: readonly Broadcast[],
  room: DatagramRoom,
): {
  readonly messages: readonly GossipMessage[];
  readonly bytes: number;
  readonly queue: readonly Broadcast[];
} {
  const sent: Broadcast[] = [];
  const rest: Broadcast[] = [];
  let bytes = 0;
  // One pass is enough: within a tier the sizes fall, and the room only shrinks.
  for (const [index, broadcast] of queue.entries()) {
    if (bytes + room.overhead + LEAST_MESSAGE > room.limit) {
      rest.push(...queue.slice(index));
      break;
    }
    const fits = bytes + room.overhead + broadcast.size <= room.limit && sent.length < room.mostMessages;
    if (fits) bytes += room.overhead + broadcast.size;
    (fits ? sent : rest).push(broadcast);
  }
  if (sent.length === 0) return { messages: [], bytes: 0, queue };
  const again = sent
    .filter(({ transmits }) => transmits + 1 < room.transmitLimit)
    .map((broadcast) => ({ ...broadcast, transmits: broadcast.transmits + 1 }));
  return { messages: sent.map(({ message }) => message), bytes, queue: merge(rest, again) };
}

/** Rule "Less": fewer transmits, then more bytes, then newer. */
function goesBefore(a: Broadcast, b: Broadcast): boolean {
  if (a.transmits !== b.transmits) return a.transmits < b.transmits;
  if (a.size !== b.size) return a.size > b.size;
  return a.id > b.id;
}

/** Two queues in order become one; what was sent together stays in order, as all of it was sent once more. */
function merge(a: readonly Broadcast[], b: readonly Broadcast[]): readonly Broadcast[] {
  const merged: Broadcast[] = [];
  let taken = 0;
  for (const broadcast of a) {
    for (let next = b[taken]; next !== undefined && goesBefore(next, broadcast); next = b[++taken])
      merged.push(next);
    merged.push(broadcast);
  }
  return [...merged, ...b.slice(taken)];
}
