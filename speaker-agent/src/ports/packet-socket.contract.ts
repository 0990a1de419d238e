import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type FilterProgram } from "../core/wire/packet-filter.ts";
import {
  type PacketProtocol,
  type PacketSocket,
  PacketSocketError,
  type PacketSockets,
} from "./packet-socket.ts";

/** One interface with a cable, seen from both ends. Made anew for every test. */
export interface PacketSocketsHarness {
  /** Of the host under test. */
  readonly sockets: PacketSockets;
  /** Of the near end, up and running. */
  readonly interfaceIndex: number;
  /** Puts whole frames on the wire at the far end. */
  inject(frames: readonly Uint8Array[]): void;
  /** Copies of the frames with EtherType ARP that have arrived at the far end. */
  arrived(): readonly Uint8Array[];
  setLinkUp(up: boolean): void;
  removeLink(): void;
  /** Waits until it is so; a limit is the test's own timeout. */
  eventually(isSo: () => boolean): Promise<void>;
  close(): void | Promise<void>;
}

const ARP = 0x0806;
const IPV6 = 0x86dd;

const acceptAll: FilterProgram = [{ code: 0x06, jt: 0, jf: 0, k: 0xffff }];

/** Accepts frames whose first payload byte is `mark`. */
function acceptMark(mark: number): FilterProgram {
  return [
    { code: 0x30, jt: 0, jf: 0, k: 14 },
    { code: 0x15, jt: 0, jf: 1, k: mark },
    ...acceptAll,
    { code: 0x06, jt: 0, jf: 0, k: 0 },
  ];
}

/** A broadcast frame of the least length; `mark` is its first payload byte. */
function frame(etherType: number, mark: number): Uint8Array {
  const bytes = new Uint8Array(60);
  bytes.set([
    0xff,
    0xff,
    0xff,
    0xff,
    0xff,
    0xff,
    2,
    0,
    0,
    0,
    0,
    0x99,
    etherType >> 8,
    etherType & 0xff,
    mark,
  ]);
  return bytes;
}

function markOf(bytes: Uint8Array): number | undefined {
  return bytes[14];
}

/**
 * What every implementation of PacketSockets does. To be called inside a `describe`. "Nothing arrives" is shown by a
 * frame sent later that does arrive: segments keep the order.
 */
export function packetSocketsContract(
  makeHarness: () => PacketSocketsHarness | Promise<PacketSocketsHarness>,
): void {
  let harness: PacketSocketsHarness;
  const open: PacketSocket[] = [];

  beforeEach(async () => {
    harness = await makeHarness();
  });
  afterEach(async () => {
    for (const socket of open.splice(0)) socket.close();
    await harness.close();
  });

  function listen(options: { filter?: FilterProgram; protocol?: PacketProtocol } = {}) {
    const { filter = acceptAll, protocol = "arp" } = options;
    const frames: Uint8Array[] = [];
    const errors: PacketSocketError[] = [];
    const { interfaceIndex } = harness;
    const socket = harness.sockets.open(
      { interfaceIndex, protocol, filter },
      {
        onFrames: (received) => frames.push(...received.map((bytes) => bytes.slice())),
        onError: (error) => errors.push(error),
      },
    );
    open.push(socket);
    return { socket, frames, errors, marks: () => frames.map(markOf) };
  }

  test("whole frames arrive, in order", async () => {
    const here = listen();
    harness.inject([frame(ARP, 1), frame(ARP, 2)]);
    harness.inject([frame(ARP, 3)]);
    await harness.eventually(() => here.frames.length === 3);
    expect(here.frames).toEqual([frame(ARP, 1), frame(ARP, 2), frame(ARP, 3)]);
  });

  test("whole frames are sent, in order, and do not come back", async () => {
    const here = listen();
    here.socket.send([frame(ARP, 1), frame(ARP, 2)]);
    await harness.eventually(() => harness.arrived().length === 2);
    expect(harness.arrived()).toEqual([frame(ARP, 1), frame(ARP, 2)]);
    harness.inject([frame(ARP, 3)]);
    await harness.eventually(() => here.frames.length > 0);
    expect(here.marks()).toEqual([3]);
  });

  test("a socket sees its own EtherType only", async () => {
    const arp = listen();
    const ipv6 = listen({ protocol: "ipv6" });
    harness.inject([frame(IPV6, 6), frame(0x0800, 0), frame(ARP, 4)]);
    await harness.eventually(() => arp.frames.length > 0 && ipv6.frames.length > 0);
    expect([arp.marks(), ipv6.marks()]).toEqual([[4], [6]]);
  });

  test("the filter holds from the first frame on, a new one from its setting on", async () => {
    const here = listen({ filter: acceptMark(1) });
    harness.inject([frame(ARP, 2), frame(ARP, 1)]);
    await harness.eventually(() => here.frames.length > 0);
    here.socket.setFilter(acceptMark(2));
    harness.inject([frame(ARP, 1), frame(ARP, 2)]);
    await harness.eventually(() => here.frames.length > 1);
    expect(here.marks()).toEqual([1, 2]);
  });

  test("frames for another host and tagged frames are left alone", async () => {
    const here = listen();
    const stranger = frame(ARP, 1);
    stranger.set([2, 0, 0, 0, 0, 0x42]);
    const tagged = frame(0x8100, 0);
    tagged.set([0x00, 0x2a, ARP >> 8, ARP & 0xff, 2], 14);
    harness.inject([stranger, tagged, frame(ARP, 3)]);
    await harness.eventually(() => here.frames.length > 0);
    expect(here.marks()).toEqual([3]);
  });

  test("a filter that is too long is refused, and the old one stays in force", async () => {
    const tooLong: FilterProgram = Array.from({ length: 4097 }, () => ({ code: 0x06, jt: 0, jf: 0, k: 0 }));
    expect(refusal(() => listen({ filter: tooLong }))).toMatchObject({ code: "EINVAL" });
    const here = listen({ filter: acceptMark(1) });
    expect(refusal(() => here.socket.setFilter(tooLong))).toMatchObject({ code: "EINVAL" });
    harness.inject([frame(ARP, 2), frame(ARP, 1)]);
    await harness.eventually(() => here.frames.length > 0);
    expect(here.marks()).toEqual([1]);
  });

  test("an interface that does not exist is refused for good", () => {
    const unknown = { interfaceIndex: 999_999, protocol: "arp", filter: acceptAll } as const;
    const events = { onFrames: () => undefined, onError: () => undefined };
    expect(refusal(() => harness.sockets.open(unknown, events))).toMatchObject({
      code: "ENODEV",
      verdict: "never",
    });
  });

  test("a link that goes down is told once, refuses frames for now, and works again when it is up", async () => {
    const here = listen();
    harness.setLinkUp(false);
    await harness.eventually(() => here.errors.length > 0);
    expect(here.errors).toMatchObject([{ code: "ENETDOWN", verdict: "later" }]);
    expect(refusal(() => here.socket.send([frame(ARP, 1)]))).toMatchObject({
      code: "ENETDOWN",
      verdict: "later",
    });
    harness.setLinkUp(true);
    await harness.eventually(() => {
      // The first frames after "up" may be lost, on a real link too.
      harness.inject([frame(ARP, 2)]);
      return here.frames.length > 0;
    });
    expect(here.errors).toHaveLength(1);
  });

  test("an interface that is removed is told once and refuses frames for good", async () => {
    const here = listen();
    harness.removeLink();
    await harness.eventually(() => here.errors.length > 0);
    expect(here.errors).toMatchObject([{ code: "ENETDOWN" }]);
    expect(refusal(() => here.socket.send([frame(ARP, 1)]))).toMatchObject({
      code: "ENXIO",
      verdict: "never",
    });
  });

  test("a closed socket hears nothing, and closing twice is no fault", async () => {
    const closed = listen();
    const here = listen();
    closed.socket.close();
    closed.socket.close();
    harness.inject([frame(ARP, 1)]);
    await harness.eventually(() => here.frames.length > 0);
    expect(closed.frames).toEqual([]);
  });
}

function refusal(act: () => unknown): PacketSocketError {
  try {
    act();
  } catch (error) {
    if (error instanceof PacketSocketError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}
