import { endianness } from "node:os";

/** Messages about routes as a kernel writes them, byte by byte, so that a test can also write them wrong. */

const LITTLE = endianness() === "LE";

/** `struct nlmsghdr` and a body. */
export function message(
  type: number,
  body: Uint8Array,
  { sequence = 0, flags = 0 }: { sequence?: number; flags?: number } = {},
): Uint8Array {
  const bytes = new Uint8Array(16 + ((body.length + 3) & ~3));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 16 + body.length, LITTLE);
  view.setUint16(4, type, LITTLE);
  view.setUint16(6, flags, LITTLE);
  view.setUint32(8, sequence, LITTLE);
  bytes.set(body, 16);
  return bytes;
}

/** `struct rtmsg` and attributes; a unicast default route unless said otherwise. */
export function route(
  attributes: readonly Uint8Array[],
  { length = 0, type = 1, flags = 0 }: { length?: number; type?: number; flags?: number } = {},
): Uint8Array {
  const bytes = new Uint8Array(12);
  bytes.set([2, length, 0, 0, 254, 3, 0, type]);
  new DataView(bytes.buffer).setUint32(8, flags, LITTLE);
  return concatenated([bytes, ...attributes]);
}

export function attribute(type: number, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + ((data.length + 3) & ~3));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 4 + data.length, LITTLE);
  view.setUint16(2, type, LITTLE);
  bytes.set(data, 4);
  return bytes;
}

export function word(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value, LITTLE);
  return bytes;
}

/** `struct rtnexthop` with one attribute after it, as a gateway is. */
export function nextHop(index: number, flags = 0): Uint8Array {
  const head = new Uint8Array(8);
  const view = new DataView(head.buffer);
  view.setUint16(0, 16, LITTLE);
  head[2] = flags;
  view.setUint32(4, index, LITTLE);
  return concatenated([head, attribute(5, Uint8Array.of(192, 0, 2, 1))]);
}

export function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** RTM_NEWROUTE of a default route out of one link. */
export function defaultRoute(index: number, sequence = 0): Uint8Array {
  return message(24, route([attribute(4, word(index))]), { sequence });
}

/** NLMSG_DONE. */
export function done(sequence: number, errno = 0): Uint8Array {
  return message(3, word(-errno), { sequence });
}

/** RTM_NEWLINK of one link. */
export function linkEvent(index: number, up: boolean): Uint8Array {
  return message(16, concatenated([new Uint8Array(4), word(index), word(up ? 1 : 0), new Uint8Array(4)]));
}

/** RTM_DELADDR of some address of one link. */
export function addressGone(index: number): Uint8Array {
  return message(21, concatenated([new Uint8Array(4), word(index)]));
}
