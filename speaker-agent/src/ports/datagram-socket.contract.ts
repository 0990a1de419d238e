import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type IpAddress } from "@steelyard/model/address";
import {
  type ConnectedDatagramSocket,
  type DatagramSocket,
  type DatagramSockets,
} from "./datagram-socket.ts";
import { type SocketAddress, type SocketError } from "./socket-address.ts";

/** One host with an address of its own. Made anew for every test. */
export interface DatagramSocketsHarness {
  readonly sockets: DatagramSockets;
  readonly address: IpAddress;
  /** An address that is none of the host's. */
  readonly foreign: IpAddress;
  /** Waits until it is so; a limit is the test's own timeout. */
  eventually(isSo: () => boolean): Promise<void>;
}

/** What every implementation of DatagramSockets does. To be called inside a `describe`. */
export function datagramSocketsContract(makeHarness: () => DatagramSocketsHarness): void {
  let harness: DatagramSocketsHarness;
  const open: { close(): void }[] = [];

  beforeEach(() => {
    harness = makeHarness();
  });
  afterEach(() => {
    for (const socket of open.splice(0)) socket.close();
  });

  async function bind(port = 0) {
    const heard: { readonly text: string; readonly from: SocketAddress }[] = [];
    const failures: { readonly to: SocketAddress; readonly error: SocketError }[] = [];
    const bound = await harness.sockets.bind(
      { address: harness.address, port },
      {
        onDatagram: (bytes, from) => heard.push({ text: textOf(bytes), from }),
        onSendFailed: (to, error) => failures.push({ to, error }),
      },
    );
    if (!bound.ok) throw bound.error;
    const socket: DatagramSocket = bound.value;
    open.push(socket);
    return { socket, heard, failures, texts: () => heard.map(({ text }) => text) };
  }

  function connect(remote: SocketAddress) {
    const texts: string[] = [];
    const errors: SocketError[] = [];
    const socket: ConnectedDatagramSocket = harness.sockets.connect(remote, {
      onDatagram: (bytes) => texts.push(textOf(bytes)),
      onError: (error) => errors.push(error),
    });
    open.push(socket);
    return { socket, texts, errors };
  }

  test("a datagram arrives with the address of its sender, who can be answered there", async () => {
    const [here, there] = [await bind(), await bind()];
    here.socket.send(bytesOf("hello"), there.socket.local);
    await harness.eventually(() => there.heard.length === 1);
    expect(there.heard).toEqual([{ text: "hello", from: here.socket.local }]);
    there.socket.send(bytesOf("hello yourself"), here.socket.local);
    await harness.eventually(() => here.heard.length === 1);
    expect(here.heard).toEqual([{ text: "hello yourself", from: there.socket.local }]);
  });

  test("the memory of a datagram may be used again at once, and an empty one is one", async () => {
    const [here, there] = [await bind(), await bind()];
    const bytes = bytesOf("one");
    here.socket.send(bytes, there.socket.local);
    bytes.set(bytesOf("two"));
    here.socket.send(bytes, there.socket.local);
    here.socket.send(new Uint8Array(), there.socket.local);
    await harness.eventually(() => there.heard.length === 3);
    expect(there.texts().sort()).toEqual(["", "one", "two"]);
  });

  test("a port that is taken, and an address of another host, are refused", async () => {
    const here = await bind();
    const events = { onDatagram: () => undefined, onSendFailed: () => undefined };
    const taken = await harness.sockets.bind(here.socket.local, events);
    expect(taken).toMatchObject({ ok: false, error: { name: "SocketError", code: "EADDRINUSE" } });
    const elsewhere = await harness.sockets.bind({ address: harness.foreign, port: 0 }, events);
    expect(elsewhere).toMatchObject({ ok: false, error: { code: "EADDRNOTAVAIL" } });
  });

  test("a datagram longer than any can be is told to be, and the socket goes on", async () => {
    const [here, there] = [await bind(), await bind()];
    here.socket.send(new Uint8Array(70_000), there.socket.local);
    here.socket.send(bytesOf("short"), there.socket.local);
    await harness.eventually(() => there.heard.length > 0 && here.failures.length > 0);
    expect(here.failures).toMatchObject([{ to: there.socket.local, error: { code: "EMSGSIZE" } }]);
    expect(there.texts()).toEqual(["short"]);
  });

  test("a connected socket sends at once and hears its peer, nobody else", async () => {
    const [peer, stranger] = [await bind(), await bind()];
    const here = connect(peer.socket.local);
    here.socket.send(bytesOf("ping"));
    await harness.eventually(() => peer.heard.length === 1);
    const from = peer.heard[0]?.from ?? peer.socket.local;
    stranger.socket.send(bytesOf("noise"), from);
    peer.socket.send(bytesOf("ack"), from);
    await harness.eventually(() => here.texts.length > 0);
    expect(here.texts).toEqual(["ack"]);
    expect(here.errors).toEqual([]);
  });

  test("a connected socket hears that nobody listens, each time, and works when somebody does", async () => {
    const gone = await bind();
    gone.socket.close();
    const here = connect(gone.socket.local);
    for (let refusals = 1; refusals <= 3; refusals++) {
      here.socket.send(bytesOf("anybody?"));
      await harness.eventually(() => here.errors.length === refusals);
    }
    expect(here.errors.map(({ code }) => code)).toEqual(["ECONNREFUSED", "ECONNREFUSED", "ECONNREFUSED"]);
    const back = await bind(gone.socket.local.port);
    here.socket.send(bytesOf("you again"));
    await harness.eventually(() => back.heard.length > 0);
    back.socket.send(bytesOf("yes"), back.heard[0]?.from ?? back.socket.local);
    await harness.eventually(() => here.texts.length > 0);
    expect(here.texts).toEqual(["yes"]);
  });

  test("a closed socket hears nothing; closing twice, and sending after it, is no fault", async () => {
    const [closed, there] = [await bind(), await bind()];
    const connected = connect(there.socket.local);
    for (const socket of [closed.socket, closed.socket, connected.socket, connected.socket]) socket.close();
    closed.socket.send(bytesOf("late"), there.socket.local);
    connected.socket.send(bytesOf("late"));
    const here = await bind();
    there.socket.send(bytesOf("to nobody"), closed.socket.local);
    here.socket.send(bytesOf("in time"), there.socket.local);
    await harness.eventually(() => there.heard.length > 0);
    expect(there.texts()).toEqual(["in time"]);
    expect([closed.heard, closed.failures, connected.texts, connected.errors]).toEqual([[], [], [], []]);
  });
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(new TextEncoder().encode(text));
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
