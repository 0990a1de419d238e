import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type IpAddress, ipPrefix } from "@steelyard/model/address";
import {
  type BgpConnection,
  type BgpConnectionEvents,
  type BgpConnections,
  type BgpDial,
  type BgpListener,
  type BgpListenerPeer,
} from "./bgp-connections.ts";
import { type SocketAddress, type SocketError } from "./socket-address.ts";

/** Two hosts on one link; a third network is behind the far one. Made anew for every test. */
export interface BgpConnectionsHarness {
  readonly near: BgpHost;
  readonly far: BgpHost;
  /** Of no host; the near one has an unused address in its network. */
  readonly silent: IpAddress;
  /** Of a host two hops away from the near one. */
  readonly remote: IpAddress;
  /** Waits until it is so; a limit is the test's own timeout. */
  eventually(isSo: () => boolean): Promise<void>;
  close(): void;
}

export interface BgpHost {
  readonly connections: BgpConnections;
  readonly ipv4: IpAddress;
  /** A second one, in the same subnet. */
  readonly otherIpv4: IpAddress;
  readonly ipv6: IpAddress;
  readonly linkLocal: IpAddress;
  /** Its end of the link. */
  readonly device: string;
}

/** One end of a connection and everything it was told. */
class End {
  readonly pieces: Uint8Array[] = [];
  readonly closings: (SocketError | undefined)[] = [];
  connected = 0;
  drained = 0;

  readonly events: BgpConnectionEvents = {
    onConnected: () => (this.connected += 1),
    onData: (bytes) => this.pieces.push(bytes),
    onDrain: () => (this.drained += 1),
    onClosed: (error) => this.closings.push(error),
  };

  get length(): number {
    return this.pieces.reduce((sum, { length }) => sum + length, 0);
  }

  get text(): string {
    return new TextDecoder().decode(new Uint8Array(this.pieces.flatMap((piece) => [...piece])));
  }

  get error(): SocketError | undefined {
    return this.closings[0];
  }
}

interface Dialled extends End {
  readonly connection: BgpConnection;
}
type Accepted = Dialled;

const ONE_HOP = { kind: "hops", hops: 1 } as const;
const SECURITY = { kind: "security", hops: 1 } as const;

/** What every implementation of BgpConnections does. To be called inside a `describe`. */
export function bgpConnectionsContract(makeHarness: () => BgpConnectionsHarness): void {
  let harness: BgpConnectionsHarness;
  const open: { close(): void }[] = [];

  beforeEach(() => {
    harness = makeHarness();
  });
  afterEach(() => {
    for (const one of open.splice(0)) one.close();
    harness.close();
  });

  const eventually = (isSo: () => boolean) => harness.eventually(isSo);

  /** The far host listens; `address` is its own, `peers` by default everybody of that family. */
  async function listen({
    address = harness.far.ipv4,
    peers,
    device,
  }: { address?: IpAddress; peers?: readonly Partial<BgpListenerPeer>[]; device?: string } = {}): Promise<{
    listener: BgpListener;
    accepted: Accepted[];
    setPeers: (peers: readonly Partial<BgpListenerPeer>[]) => void;
  }> {
    const accepted: Accepted[] = [];
    const listening = await harness.far.connections.listen(
      { local: { address, port: 0 }, device },
      (connection) => {
        const end = Object.assign(new End(), { connection });
        open.push(connection);
        accepted.push(end);
        return end.events;
      },
    );
    if (!listening.ok) throw listening.error;
    open.push(listening.value);
    const setPeers = (wanted: readonly Partial<BgpListenerPeer>[]) =>
      listening.value.setPeers(wanted.map((peer) => ({ ...everybody(address), ...peer })));
    setPeers(peers ?? [{}]);
    return { listener: listening.value, accepted, setPeers };
  }

  function dial(remote: SocketAddress, wanted: Partial<BgpDial> = {}): Dialled {
    const end = new End();
    const connection = harness.near.connections.dial(
      {
        remote,
        interface: undefined,
        source: undefined,
        device: undefined,
        password: undefined,
        hops: ONE_HOP,
        ...wanted,
      },
      end.events,
    );
    open.push(connection);
    return Object.assign(end, { connection });
  }

  /** Both ends of a connection that stands. */
  async function connected(
    dialled: Dialled,
    accepted: readonly Accepted[],
  ): Promise<{ here: Dialled; there: Accepted }> {
    await eventually(() => dialled.connected === 1 && accepted.length > 0);
    const there = accepted.at(-1);
    if (there === undefined) throw new Error("nobody has accepted");
    return { here: dialled, there };
  }

  async function exchange(here: Dialled, there: Accepted, text: string): Promise<void> {
    const [before, after] = [here.text, there.text];
    here.connection.send(bytesOf(text));
    there.connection.send(bytesOf(text));
    await eventually(() => here.text === before + text && there.text === after + text);
  }

  /** When this connection stands, packets of earlier ones have had the time to arrive, and no answer was given. */
  async function roundTrips(): Promise<void> {
    const { listener, accepted } = await listen();
    const { here, there } = await connected(dial(listener.local), accepted);
    for (const text of ["one", "two", "three"]) await exchange(here, there, text);
  }

  function nothingHappened(...ends: readonly End[]): void {
    expect(ends.map(({ connected: stands, closings, text }) => [stands, closings, text])).toEqual(
      ends.map(() => [0, [], ""]),
    );
  }

  describe("connecting", () => {
    test("both ends know their addresses, and bytes go both ways", async () => {
      const { listener, accepted } = await listen();
      const dialled = dial(listener.local);
      expect(dialled.connection.remote).toEqual(listener.local);
      const { here, there } = await connected(dialled, accepted);
      expect(there.connection.local).toEqual(listener.local);
      expect(here.connection.local).toEqual(there.connection.remote);
      expect(here.connection.local?.address).toEqual(harness.near.ipv4);
      await exchange(here, there, "open");
      await exchange(here, there, "keepalive");
      expect([here.closings, there.closings, there.connected]).toEqual([[], [], 0]);
    });

    test("over IPv6", async () => {
      const { listener, accepted } = await listen({ address: harness.far.ipv6 });
      const { here, there } = await connected(dial(listener.local), accepted);
      expect(there.connection.remote.address).toEqual(harness.near.ipv6);
      await exchange(here, there, "open");
    });

    test("to a link-local address, on the interface that is named", async () => {
      const { far, near } = harness;
      const { listener, accepted } = await listen({
        address: far.linkLocal,
        peers: [{ from: ipPrefix(near.linkLocal, 64), interface: far.device }],
        device: far.device,
      });
      const { here, there } = await connected(dial(listener.local, { interface: near.device }), accepted);
      expect(here.connection.local?.address).toEqual(near.linkLocal);
      expect(there.connection.remote.address).toEqual(near.linkLocal);
      await exchange(here, there, "open");
    });

    test("from the source address that is asked for", async () => {
      const { listener, accepted } = await listen();
      const source = harness.near.otherIpv4;
      const { here, there } = await connected(dial(listener.local, { source }), accepted);
      expect(here.connection.local?.address).toEqual(source);
      expect(there.connection.remote.address).toEqual(source);
    });

    test("out of the device that is asked for", async () => {
      const { listener, accepted } = await listen({ device: harness.far.device });
      const { here, there } = await connected(
        dial(listener.local, { device: harness.near.device }),
        accepted,
      );
      await exchange(here, there, "open");
    });
  });

  describe("what the kernel refuses is a sentence, told later", () => {
    async function refused(remote: SocketAddress, wanted: Partial<BgpDial> = {}): Promise<Dialled> {
      const dialled = dial(remote, wanted);
      expect(dialled.closings).toEqual([]);
      await eventually(() => dialled.closings.length > 0);
      expect([dialled.closings.length, dialled.connected]).toEqual([1, 0]);
      return dialled;
    }
    const farPort = () => ({ address: harness.far.ipv4, port: 179 });

    test("nobody listens", async () => {
      expect((await refused(farPort())).error).toMatchObject({
        code: "ECONNREFUSED",
        message: expect.stringMatching(/ refuses connections to port 179: BGP does not run there/) as unknown,
      });
    });

    test("with a password nobody listens silently: the refusal is not signed", async () => {
      const dialled = dial(farPort(), { password: "swordfish" });
      await roundTrips();
      nothingHappened(dialled);
    });

    test("the source address is not ours", async () => {
      expect((await refused(farPort(), { source: harness.silent })).error).toMatchObject({
        code: "EADDRNOTAVAIL",
        message: expect.stringMatching(/^source address \S+ is not on this node$/) as unknown,
      });
    });

    test("there is no such device", async () => {
      expect((await refused(farPort(), { device: "vrf-none" })).error).toMatchObject({
        code: "ENODEV",
        message: "there is no interface vrf-none on this node",
      });
    });

    test("no route", async () => {
      const nowhere = { family: "IPv4", value: 0xcb00_7101n } as const;
      expect((await refused({ address: nowhere, port: 179 })).error).toMatchObject({
        code: "ENETUNREACH",
        message: "there is no route to 203.0.113.1",
      });
    });

    test("a router behind another one, while only one hop is allowed", async () => {
      expect((await refused({ address: harness.remote, port: 179 })).error).toMatchObject({
        code: "EHOSTUNREACH",
        message: expect.stringMatching(
          /^\S+ is not on a directly connected network: set ebgpMultiHop$/,
        ) as unknown,
      });
    });

    test("the same router, with as many hops as it takes", async () => {
      const hops = { kind: "hops", hops: 2 } as const;
      expect((await refused({ address: harness.remote, port: 179 }, { hops })).error).toMatchObject({
        code: "ECONNREFUSED",
      });
    });

    test("a link-local address without an interface", async () => {
      expect((await refused({ address: harness.far.linkLocal, port: 179 })).error).toMatchObject({
        code: "EINVAL",
        message: expect.stringMatching(
          / is a link-local address: the peer must name its interface$/,
        ) as unknown,
      });
    });

    test("whoever closes before hears nothing of it", async () => {
      const dialled = dial(farPort(), { source: harness.silent });
      dialled.connection.close();
      dialled.connection.close();
      expect(dialled.connection.send(bytesOf("late"))).toBe(true);
      await roundTrips();
      nothingHappened(dialled);
    });
  });

  describe("passwords", () => {
    test("the same on both sides", async () => {
      for (const address of [harness.far.ipv4, harness.far.ipv6]) {
        const { listener, accepted } = await listen({ address, peers: [{ password: "swordfish" }] });
        const { here, there } = await connected(dial(listener.local, { password: "swordfish" }), accepted);
        await exchange(here, there, "open");
      }
    });

    test.each<[string, string | undefined, string | undefined]>([
      ["another one", "sardine", "swordfish"],
      ["none where one is wanted", undefined, "swordfish"],
      ["one where none is wanted", "swordfish", undefined],
    ])("%s is silence, until it is put right on the connection that waits", async (_title, ours, theirs) => {
      const { listener, accepted } = await listen({ peers: [{ password: theirs }] });
      const dialled = dial(listener.local, { password: ours });
      await roundTrips();
      nothingHappened(dialled);
      expect(accepted).toEqual([]);
      dialled.connection.setPassword(theirs);
      const { here, there } = await connected(dialled, accepted);
      await exchange(here, there, "open");
    });

    test.each<[string, string | undefined, string | undefined]>([
      ["changed", "old", "new"],
      ["set", undefined, "new"],
      ["taken away", "old", undefined],
    ])(
      "%s on a standing connection, at one end and then at the other, costs nothing",
      async (_title, before, after) => {
        const { listener, accepted, setPeers } = await listen({ peers: [{ password: before }] });
        const { here, there } = await connected(dial(listener.local, { password: before }), accepted);
        await exchange(here, there, "open");
        here.connection.setPassword(after);
        here.connection.send(bytesOf("+"));
        await roundTrips();
        expect(there.text).toBe("open");
        there.connection.setPassword(after);
        setPeers([{ password: after }]);
        await eventually(() => there.text === "open+");
        there.connection.send(bytesOf("+"));
        await eventually(() => here.text === "open+");
        await exchange(here, there, "update");
        expect([here.closings, there.closings]).toEqual([[], []]);
      },
    );

    test("each peer of a listener has its own, the one with the longer prefix first", async () => {
      const { near } = harness;
      const { listener, accepted } = await listen({
        peers: [
          { password: "of the network" },
          { from: ipPrefix(near.otherIpv4, 32), password: "of the host" },
        ],
      });
      await connected(dial(listener.local, { password: "of the network" }), accepted);
      const source = near.otherIpv4;
      const wrong = dial(listener.local, { source, password: "of the network" });
      await connected(dial(listener.local, { source, password: "of the host" }), accepted);
      expect(accepted.length).toBe(2);
      nothingHappened(wrong);
    });
  });

  describe("hops", () => {
    test("security at both ends", async () => {
      for (const address of [harness.far.ipv4, harness.far.ipv6]) {
        const { listener, accepted } = await listen({ address, peers: [{ hops: SECURITY }] });
        const { here, there } = await connected(dial(listener.local, { hops: SECURITY }), accepted);
        await exchange(here, there, "open");
      }
    });

    test("security only at the end that listens is silence, until the other has it too", async () => {
      for (const address of [harness.far.ipv4, harness.far.ipv6]) {
        const { listener, accepted } = await listen({ address, peers: [{ hops: SECURITY }] });
        const dialled = dial(listener.local);
        await roundTrips();
        nothingHappened(dialled);
        expect(accepted).toEqual([]);
        dialled.connection.setHops(SECURITY);
        await connected(dialled, accepted);
      }
    });

    test("security only at the end that dials is silence, until it is taken back", async () => {
      const { listener, accepted } = await listen();
      const dialled = dial(listener.local, { hops: SECURITY });
      await roundTrips();
      nothingHappened(dialled);
      dialled.connection.setHops(ONE_HOP);
      await connected(dialled, accepted);
    });

    test("change on a standing connection", async () => {
      const { listener, accepted } = await listen();
      const { here, there } = await connected(dial(listener.local), accepted);
      for (const hops of [SECURITY, ONE_HOP]) {
        for (const end of [here, there]) end.connection.setHops(hops);
        await exchange(here, there, "update");
      }
      expect([here.closings, there.closings]).toEqual([[], []]);
    });

    test("peers with security and without share a listener", async () => {
      const source = harness.near.otherIpv4;
      const { listener, accepted } = await listen({
        peers: [{}, { from: ipPrefix(source, 32), hops: SECURITY }],
      });
      await connected(dial(listener.local), accepted);
      const { here, there } = await connected(dial(listener.local, { source, hops: SECURITY }), accepted);
      await exchange(here, there, "open");
    });
  });

  describe("a listener", () => {
    test("turns strangers away at once", async () => {
      const { far, near } = harness;
      const { listener, accepted } = await listen({ peers: [{ from: ipPrefix(near.otherIpv4, 32) }] });
      const stranger = dial(listener.local);
      await eventually(() => stranger.closings.length > 0);
      expect(accepted).toEqual([]);
      await connected(dial(listener.local, { source: near.otherIpv4 }), accepted);
      const elsewhere = await listen({
        address: far.linkLocal,
        device: far.device,
        peers: [{ interface: "elsewhere" }],
      });
      const wrongLink = dial(elsewhere.listener.local, { interface: near.device });
      await eventually(() => wrongLink.closings.length > 0);
      expect(elsewhere.accepted).toEqual([]);
    });

    test("knows nobody before it is told", async () => {
      const { listener, accepted, setPeers } = await listen({ peers: [] });
      const early = dial(listener.local);
      await eventually(() => early.closings.length > 0);
      setPeers([{}]);
      await connected(dial(listener.local), accepted);
    });

    test("that loses a peer, or ends, leaves connections alone", async () => {
      const { listener, accepted, setPeers } = await listen();
      const { here, there } = await connected(dial(listener.local), accepted);
      setPeers([]);
      await exchange(here, there, "one");
      listener.close();
      listener.close();
      const late = dial(listener.local);
      await eventually(() => late.closings.length > 0);
      expect(late.error?.code).toBe("ECONNREFUSED");
      await exchange(here, there, "two");
    });

    test("is refused a port that is taken, and an address that is not its own", async () => {
      const { far, silent } = harness;
      const { listener } = await listen();
      const again = (local: SocketAddress) =>
        far.connections.listen({ local, device: undefined }, () => new End().events);
      expect(await again(listener.local)).toMatchObject({ ok: false, error: { code: "EADDRINUSE" } });
      expect(await again({ address: silent, port: 0 })).toMatchObject({
        ok: false,
        error: { code: "EADDRNOTAVAIL" },
      });
    });

    test("may refuse whoever it accepts, with a last word", async () => {
      const turnedAway = new End();
      const listening = await harness.far.connections.listen(
        { local: { address: harness.far.ipv4, port: 0 }, device: undefined },
        (connection) => {
          connection.send(bytesOf("cease"));
          connection.close();
          return turnedAway.events;
        },
      );
      if (!listening.ok) throw listening.error;
      open.push(listening.value);
      listening.value.setPeers([everybody(harness.far.ipv4)]);
      const here = dial(listening.value.local);
      await eventually(() => here.closings.length === 1);
      expect([here.text, here.closings]).toEqual(["cease", [undefined]]);
      nothingHappened(turnedAway);
    });
  });

  describe("the end", () => {
    test.each(["the side that dialled", "the side that accepted"])(
      "by %s comes after everything that was sent, and once",
      async (side) => {
        const { listener, accepted } = await listen();
        const { here, there } = await connected(dial(listener.local), accepted);
        const [ending, told] = side === "the side that dialled" ? [here, there] : [there, here];
        ending.connection.send(bytesOf("notification"));
        ending.connection.close();
        await eventually(() => told.closings.length === 1);
        expect([told.text, told.closings]).toEqual(["notification", [undefined]]);
        ending.connection.send(bytesOf("more"));
        ending.connection.setPassword("late");
        ending.connection.setHops(SECURITY);
        ending.connection.close();
        told.connection.setPassword("late");
        told.connection.close();
        await roundTrips();
        expect([told.text, told.closings.length, ending.closings]).toEqual(["notification", 1, []]);
      },
    );

    test("before the connection stands is silent at both ends", async () => {
      const { listener, accepted } = await listen({ peers: [{ password: "swordfish" }] });
      const dialled = dial(listener.local);
      dialled.connection.close();
      await roundTrips();
      nothingHappened(dialled);
      expect(accepted).toEqual([]);
    });
  });

  test("a kernel that is full says so, and then that it is not any more", async () => {
    const { listener, accepted } = await listen();
    const { here, there } = await connected(dial(listener.local), accepted);
    const piece = new Uint8Array(4096).fill(7);
    const pieces = 1024;
    const answers = Array.from({ length: pieces }, () => here.connection.send(piece));
    expect([answers[0], answers.at(-1)]).toEqual([true, false]);
    await eventually(() => here.drained > 0);
    await eventually(() => there.length === pieces * piece.length);
    expect(here.drained).toBe(1);
    expect(here.connection.send(piece)).toBe(true);
    await eventually(() => there.length === (pieces + 1) * piece.length);
    expect(here.drained).toBe(1);
  });

  test("what was sent is what it was then", async () => {
    const { listener, accepted } = await listen();
    const { here, there } = await connected(dial(listener.local), accepted);
    const bytes = bytesOf("update");
    for (let count = 0; count < 500; count++) here.connection.send(bytes);
    bytes.fill(0);
    await eventually(() => there.length === 500 * 6);
    expect(there.text).toBe("update".repeat(500));
  });
}

/** Whoever has an address of that family. */
function everybody({ family }: IpAddress): BgpListenerPeer {
  return {
    from: ipPrefix({ family, value: 0n }, 0),
    interface: undefined,
    password: undefined,
    hops: ONE_HOP,
  };
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(new TextEncoder().encode(text));
}
