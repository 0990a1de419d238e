import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type IpAddress } from "@steelyard/model/address";
import { type SocketAddress, type SocketError } from "./socket-address.ts";
import {
  type StreamConnection,
  type StreamConnections,
  type StreamEvents,
  type StreamListener,
} from "./stream-connections.ts";

/** One host with an address of its own. Made anew for every test. */
export interface StreamConnectionsHarness {
  readonly streams: StreamConnections;
  readonly address: IpAddress;
  /** Waits until it is so; a limit is the test's own timeout. */
  eventually(isSo: () => boolean): Promise<void>;
}

/** One end of a connection and everything it was told. */
class End {
  readonly pieces: Uint8Array[] = [];
  readonly closings: (SocketError | undefined)[] = [];
  connected = 0;
  connection: StreamConnection | undefined;

  readonly events: StreamEvents = {
    onConnected: () => (this.connected += 1),
    onData: (bytes) => this.pieces.push(bytes),
    onClosed: (error) => this.closings.push(error),
  };

  get bytes(): Uint8Array {
    return new Uint8Array(this.pieces.flatMap((piece) => [...piece]));
  }

  get text(): string {
    return new TextDecoder().decode(this.bytes);
  }
}

/** What every implementation of StreamConnections does. To be called inside a `describe`. */
export function streamConnectionsContract(makeHarness: () => StreamConnectionsHarness): void {
  let harness: StreamConnectionsHarness;
  const open: { close(): void }[] = [];

  beforeEach(() => {
    harness = makeHarness();
  });
  afterEach(() => {
    for (const one of open.splice(0)) one.close();
  });

  async function listen(port = 0): Promise<{ listener: StreamListener; accepted: End[] }> {
    const accepted: End[] = [];
    const listening = await harness.streams.listen({ address: harness.address, port }, (connection) => {
      const end = new End();
      end.connection = connection;
      open.push(connection);
      accepted.push(end);
      return end.events;
    });
    if (!listening.ok) throw listening.error;
    open.push(listening.value);
    return { listener: listening.value, accepted };
  }

  function connect(remote: SocketAddress): End {
    const end = new End();
    end.connection = harness.streams.connect(remote, end.events);
    open.push(end.connection);
    return end;
  }

  test("what is sent before the connection stands arrives, and the answer comes back", async () => {
    const { listener, accepted } = await listen();
    const here = connect(listener.local);
    here.connection?.send(bytesOf("que"));
    here.connection?.send(bytesOf("stion"));
    await harness.eventually(() => accepted[0]?.text === "question");
    expect(here.connection?.remote).toEqual(listener.local);
    expect(accepted[0]?.connection?.remote.address).toEqual(harness.address);
    accepted[0]?.connection?.send(bytesOf("answer"));
    await harness.eventually(() => here.text === "answer");
    expect([here.connected, accepted[0]?.connected]).toEqual([1, 0]);
    expect([here.closings, accepted[0]?.closings]).toEqual([[], []]);
  });

  test("everything sent before the end arrives, however much, and then the end, once", async () => {
    const { listener, accepted } = await listen();
    const here = connect(listener.local);
    const bytes = Uint8Array.from({ length: 1 << 20 }, (_, index) => (index * 7) & 0xff);
    here.connection?.send(bytes.subarray(0, 1000));
    here.connection?.send(bytes.subarray(1000));
    here.connection?.close();
    await harness.eventually(() => accepted[0]?.closings.length === 1);
    expect(Buffer.compare(accepted[0]?.bytes ?? bytesOf(""), bytes)).toBe(0);
    expect(accepted[0]?.closings).toEqual([undefined]);
    expect(here.closings).toEqual([]);
  });

  test("the side that was connected to may be the one that ends it", async () => {
    const { listener, accepted } = await listen();
    const here = connect(listener.local);
    await harness.eventually(() => accepted.length === 1);
    accepted[0]?.connection?.send(bytesOf("bye"));
    accepted[0]?.connection?.close();
    await harness.eventually(() => here.closings.length === 1);
    expect([here.text, here.closings]).toEqual(["bye", [undefined]]);
    here.connection?.send(bytesOf("too late"));
    here.connection?.close();
    expect(accepted[0]?.closings).toEqual([]);
  });

  test("a port where nobody listens, or nobody listens any more, refuses", async () => {
    const { listener, accepted } = await listen();
    const before = connect(listener.local);
    await harness.eventually(() => before.connected === 1 && accepted.length === 1);
    listener.close();
    listener.close();
    const here = connect(listener.local);
    here.connection?.send(bytesOf("hello?"));
    await harness.eventually(() => here.closings.length > 0);
    expect(here.closings).toMatchObject([{ name: "SocketError", code: "ECONNREFUSED" }]);
    before.connection?.send(bytesOf("still here"));
    await harness.eventually(() => accepted[0]?.text === "still here");
    expect(here.connected).toBe(0);
  });

  test("a connection closed before it stands tells its owner nothing", async () => {
    const { listener } = await listen();
    const here = connect(listener.local);
    here.connection?.close();
    here.connection?.close();
    const later = connect(listener.local);
    await harness.eventually(() => later.connected === 1);
    expect([here.pieces, here.closings, here.connected]).toEqual([[], [], 0]);
  });

  test("whoever accepts may say a last word and end it at once", async () => {
    const refused = new End();
    const listening = await harness.streams.listen({ address: harness.address, port: 0 }, (connection) => {
      connection.send(bytesOf("full"));
      connection.close();
      return refused.events;
    });
    if (!listening.ok) throw listening.error;
    open.push(listening.value);
    const here = connect(listening.value.local);
    here.connection?.send(bytesOf("hello"));
    await harness.eventually(() => here.closings.length === 1);
    expect([here.text, here.closings]).toEqual(["full", [undefined]]);
    expect([refused.pieces, refused.closings]).toEqual([[], []]);
  });

  test("a port that is taken is refused", async () => {
    const { listener } = await listen();
    const again = await harness.streams.listen(listener.local, () => new End().events);
    expect(again).toMatchObject({ ok: false, error: { code: "EADDRINUSE" } });
  });
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(new TextEncoder().encode(text));
}
