import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type IpAddress } from "@steelyard/model/address";
import {
  type BfdListenOptions,
  type BfdPacket,
  type BfdSender,
  type BfdSenderOptions,
  type BfdSockets,
} from "./bfd-sockets.ts";

/** Two hosts on one link, the far one of which forwards; a third is behind it. Made anew for every test. */
export interface BfdSocketsHarness {
  readonly near: BfdHost;
  readonly far: BfdHost;
  /** Two hops away from the near one. */
  readonly behind: BfdHost;
  /** Of nobody. */
  readonly foreign: IpAddress;
  /** Waits until it is so; a limit is the test's own timeout. */
  eventually(isSo: () => boolean): Promise<void>;
  close(): void;
}

export interface BfdHost {
  readonly sockets: BfdSockets;
  readonly ipv4: IpAddress;
  /** A second one of the near host, in the same subnet. */
  readonly otherIpv4: IpAddress;
  readonly ipv6: IpAddress;
  readonly linkLocal: IpAddress;
  /** Its link towards the near host, or the near one's towards the others. */
  readonly device: string;
  readonly deviceIndex: number;
}

const SINGLE: BfdListenOptions = { hops: { kind: "single-hop" }, family: "IPv4", device: undefined };

/** What every implementation of BfdSockets does. To be called inside a `describe`. */
export function bfdSocketsContract(makeHarness: () => BfdSocketsHarness): void {
  let harness: BfdSocketsHarness;
  const open: { close(): void }[] = [];

  beforeEach(() => {
    harness = makeHarness();
  });
  afterEach(() => {
    for (const one of open.splice(0)) one.close();
    harness.close();
  });

  /** What arrives at a host, copied. */
  function listen(host: BfdHost, options: Partial<BfdListenOptions> = {}): BfdPacket[] {
    const heard: BfdPacket[] = [];
    const listening = host.sockets.listen({ ...SINGLE, ...options }, (packet) =>
      heard.push({ ...packet, bytes: packet.bytes.slice() }),
    );
    if (!listening.ok) throw listening.error;
    open.push(listening.value);
    return heard;
  }

  function sender(
    remote: IpAddress,
    options: Partial<BfdSenderOptions> = {},
    host = harness.near,
  ): BfdSender {
    const opened = host.sockets.openSender({
      hops: "single-hop",
      remote,
      interface: undefined,
      local: undefined,
      device: undefined,
      ...options,
    });
    if (!opened.ok) throw opened.error;
    open.push(opened.value);
    return opened.value;
  }

  /** Packets keep their order, so what was sent before this one has arrived, or will not. */
  async function marked(from: BfdSender, heard: readonly BfdPacket[]): Promise<void> {
    const mark = control(255);
    from.send(mark);
    await harness.eventually(() => heard.some(({ bytes }) => bytes[23] === 255));
  }

  describe("control packets", () => {
    test("tell who sent them to whom, where they arrived, and their TTL", async () => {
      const { near, far } = harness;
      const heard = listen(far);
      expect(sender(far.ipv4).send(control(1))).toBeUndefined();
      await harness.eventually(() => heard.length === 1);
      expect(heard).toEqual([
        { bytes: control(1), remote: near.ipv4, local: far.ipv4, interfaceIndex: far.deviceIndex, ttl: 255 },
      ]);
    });

    test("over IPv6, and from a link-local address to one on the interface that is named", async () => {
      const { near, far } = harness;
      const heard = listen(far, { family: "IPv6" });
      sender(far.ipv6).send(control(1));
      await harness.eventually(() => heard.length === 1);
      sender(far.linkLocal, { interface: near.device, local: near.linkLocal }).send(control(2));
      await harness.eventually(() => heard.length === 2);
      expect(heard).toEqual([
        { bytes: control(1), remote: near.ipv6, local: far.ipv6, interfaceIndex: far.deviceIndex, ttl: 255 },
        {
          bytes: control(2),
          remote: near.linkLocal,
          local: far.linkLocal,
          interfaceIndex: far.deviceIndex,
          ttl: 255,
        },
      ]);
    });

    test("from the address and out of the device that are asked for", async () => {
      const { near, far } = harness;
      const heard = listen(far, { device: far.device });
      sender(far.ipv4, { local: near.otherIpv4, device: near.device }).send(control(1));
      await harness.eventually(() => heard.length === 1);
      expect(heard[0]?.remote).toEqual(near.otherIpv4);
    });

    test("of more hops are heard only where multihop listens, and only with TTL enough", async () => {
      const { near, behind } = harness;
      const single = listen(behind);
      const strict = listen(behind, { hops: { kind: "multi-hop", minimumTtl: 255 } });
      const options = { hops: "multi-hop" } as const;
      sender(behind.ipv4).send(control(1));
      sender(behind.ipv4, options).send(control(2));
      const back = listen(near, { hops: { kind: "multi-hop", minimumTtl: 254 } });
      await marked(sender(near.ipv4, options, behind), back);
      expect([single, strict]).toEqual([[], []]);
      expect(back).toMatchObject([{ remote: behind.ipv4, local: near.ipv4, ttl: 254 }]);
    });

    test("that RFC 5880 wants discarded are not told of", async () => {
      const { far } = harness;
      const heard = listen(far);
      const from = sender(far.ipv4);
      from.send(control(1).subarray(0, 23));
      from.send(new Uint8Array(0));
      from.send(control(1).fill(0x40, 0, 1));
      from.send(control(1).fill(0, 4, 8));
      await marked(from, heard);
      expect(heard.length).toBe(1);
    });

    test("of multihop and single hop, IPv4 and IPv6, do not meet", async () => {
      const { far } = harness;
      const multi = listen(far, { hops: { kind: "multi-hop", minimumTtl: 1 } });
      const ipv6 = listen(far, { family: "IPv6" });
      const heard = listen(far);
      await marked(sender(far.ipv4), heard);
      expect([multi, ipv6]).toEqual([[], []]);
    });

    test("of many sessions arrive in order, each session from a port of its own", async () => {
      const { far } = harness;
      const heard = listen(far);
      const senders = Array.from({ length: 50 }, () => sender(far.ipv4));
      const ports = senders.map(({ port }) => port);
      expect(new Set(ports).size).toBe(50);
      expect(ports.every((port) => port >= 49_152 && port <= 65_535)).toBe(true);
      for (const [index, from] of senders.entries()) from.send(control(index));
      await harness.eventually(() => heard.length === 50);
      expect(heard.map(({ bytes }) => bytes[23])).toEqual(senders.map((_, index) => index));
    });

    test("are nobody's after the end", async () => {
      const { far } = harness;
      const heard: BfdPacket[] = [];
      const listening = far.sockets.listen(SINGLE, (packet) => heard.push(packet));
      if (!listening.ok) throw listening.error;
      listening.value.close();
      listening.value.close();
      const from = sender(far.ipv4);
      from.send(control(1));
      const later = listen(far);
      await marked(from, later);
      from.close();
      from.close();
      expect(from.send(control(2))).toBeUndefined();
      expect(heard).toEqual([]);
    });
  });

  describe("what the kernel refuses", () => {
    test("an address that is not ours, an interface that is not there", () => {
      const { near, far, foreign } = harness;
      const refused = (options: Partial<BfdSenderOptions>) => {
        const base = { hops: "single-hop", remote: far.ipv4, interface: undefined } as const;
        return near.sockets.openSender({ ...base, local: undefined, device: undefined, ...options });
      };
      expect(refused({ local: foreign })).toMatchObject({ ok: false, error: { code: "EADDRNOTAVAIL" } });
      expect(refused({ device: "none" })).toMatchObject({ ok: false, error: { code: "ENODEV" } });
      expect(refused({ interface: "none" })).toMatchObject({ ok: false, error: { code: "ENODEV" } });
      const device = "none";
      expect(near.sockets.listen({ ...SINGLE, device }, () => undefined)).toMatchObject({
        ok: false,
        error: { code: "ENODEV" },
      });
    });

    test("a packet without a way, while the next one may find one", () => {
      const nowhere = { family: "IPv4", value: 0xcb00_7101n } as const;
      const from = sender(nowhere);
      for (let count = 0; count < 2; count++)
        expect(from.send(control(1))).toMatchObject({ name: "SocketError", code: "ENETUNREACH" });
    });
  });

  describe("echo packets", () => {
    function openEcho(local = harness.near.ipv4) {
      const returned: number[][] = [];
      const { near, far } = harness;
      const options = { interfaceIndex: near.deviceIndex, local, remote: far.ipv4 };
      const opened = near.sockets.openEcho(options, (payload) => returned.push([...payload]));
      if (!opened.ok) throw opened.error;
      open.push(opened.value);
      return { echo: opened.value, returned };
    }

    test("come back from a router that has been heard", async () => {
      const { near, far } = harness;
      const { echo, returned } = openEcho();
      const heard = listen(near);
      expect(echo.send(Uint8Array.of(1))).toMatchObject({ name: "SocketError", code: "EHOSTUNREACH" });
      await marked(sender(near.ipv4, {}, far), heard);
      expect(echo.send(Uint8Array.of(1, 2, 3))).toBeUndefined();
      expect(echo.send(Uint8Array.of(4))).toBeUndefined();
      await harness.eventually(() => returned.length === 2);
      expect(returned).toEqual([[1, 2, 3], [4]]);
    });

    test("are nobody's after the end, and need an interface", async () => {
      const { near, far } = harness;
      const [ended, other] = [openEcho(), openEcho()];
      await marked(sender(near.ipv4, {}, far), listen(near));
      ended.echo.send(Uint8Array.of(1));
      ended.echo.close();
      ended.echo.close();
      expect(ended.echo.send(Uint8Array.of(2))).toBeUndefined();
      other.echo.send(Uint8Array.of(3));
      await harness.eventually(() => other.returned.some(([mark]) => mark === 3));
      expect(ended.returned).toEqual([]);
      const options = { interfaceIndex: 9999, local: near.ipv4, remote: far.ipv4 };
      expect(near.sockets.openEcho(options, () => undefined)).toMatchObject({
        ok: false,
        error: { code: "ENODEV" },
      });
    });
  });
}

/** A control packet of 24 bytes as far as the filter looks at it, with a mark at its end. */
function control(mark: number): Uint8Array {
  const bytes = new Uint8Array(24);
  bytes.set([0x20, 0x40, 3, 24, 0, 0, 0, 1]);
  bytes[23] = mark;
  return bytes;
}
