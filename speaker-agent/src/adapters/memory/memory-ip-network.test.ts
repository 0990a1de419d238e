import { describe, expect, test } from "@jest/globals";
import { ipAddress, type IpAddress } from "@steelyard/model/address";
import { ManualClock, seededRandom } from "@steelyard/model/testing";
import { datagramSocketsContract } from "../../ports/datagram-socket.contract.ts";
import { type StreamEvents } from "../../ports/stream-connections.ts";
import { streamConnectionsContract } from "../../ports/stream-connections.contract.ts";
import { MemoryIpNetwork, type Paths } from "./memory-ip-network.ts";

const [A, B] = [ipAddress("IPv4", 0x0a00_0001n), ipAddress("IPv4", 0x0a00_0002n)];
const PORT = 7946;

function newNetwork() {
  const clock = new ManualClock();
  return { clock, network: new MemoryIpNetwork({ clock, random: seededRandom(1) }) };
}

function harness() {
  const { clock, network } = newNetwork();
  const host = network.host(A);
  return {
    sockets: host.datagrams,
    streams: host.streams,
    address: A,
    foreign: B,
    eventually: async (isSo: () => boolean) => {
      for (let turns = 0; !isSo(); turns++) {
        if (turns === 1000) throw new Error("it never was so");
        clock.advance(1);
        await Promise.resolve();
      }
    },
  };
}

describe("UDP of a simulated network", () => datagramSocketsContract(harness));
describe("TCP of a simulated network", () => streamConnectionsContract(harness));

describe("the simulated network", () => {
  async function twoHosts() {
    const { clock, network } = newNetwork();
    const [a, b] = [network.host(A), network.host(B)];
    const heard: string[] = [];
    const bound = await b.datagrams.bind(
      { address: B, port: PORT },
      { onDatagram: (bytes) => heard.push(String(bytes)), onSendFailed: () => undefined },
    );
    const ends = await a.datagrams.bind(
      { address: A, port: PORT },
      { onDatagram: () => undefined, onSendFailed: () => undefined },
    );
    if (!bound.ok || !ends.ok) throw new Error("not bound");
    const send = (byte: number): void => ends.value.send(Uint8Array.of(byte), { address: B, port: PORT });
    return { clock, network, a, b, heard, send };
  }

  test("delays, loses and cuts as it is told, one way or both", async () => {
    const { clock, network, heard, send } = await twoHosts();
    const towardsB =
      (path: ReturnType<Paths>): Paths =>
      (_, to: IpAddress) =>
        to === B ? path : {};
    network.setPaths(towardsB({ delay: 30 }));
    send(1);
    clock.advance(29);
    expect(heard).toEqual([]);
    clock.advance(1);
    expect(heard).toEqual(["1"]);
    network.setPaths(towardsB({ cut: true }));
    send(2);
    network.setPaths(towardsB({ loss: 0.5 }));
    for (let count = 0; count < 1000; count++) send(3);
    clock.advance(1);
    expect(heard).not.toContain("2");
    expect(heard.length).toBeGreaterThan(400);
    expect(heard.length).toBeLessThan(600);
  });

  test("a host that is off hears nothing and refuses nothing; one whose process was killed refuses", async () => {
    const { clock, b, heard, send, a } = await twoHosts();
    const errors: string[] = [];
    const watch = a.datagrams.connect(
      { address: B, port: PORT },
      { onDatagram: () => undefined, onError: ({ code }) => errors.push(code) },
    );
    b.setUp(false);
    send(1);
    watch.send(Uint8Array.of(2));
    clock.advance(1);
    expect([heard, errors]).toEqual([[], []]);
    b.setUp(true);
    b.killProcess();
    watch.send(Uint8Array.of(3));
    clock.advance(1);
    expect([heard, errors]).toEqual([[], ["ECONNREFUSED"]]);
  });

  test("a stream waits out a cut, loses nothing, and gives up in the end", async () => {
    const { clock, network, a, b } = await twoHosts();
    const log: string[] = [];
    const events = (name: string): StreamEvents => ({
      onConnected: () => log.push(`${name} connected`),
      onData: (bytes) => log.push(`${name} ${String(bytes)}`),
      onClosed: (error) => log.push(`${name} closed ${error?.code ?? ""}`),
    });
    await b.streams.listen({ address: B, port: PORT }, () => events("b"));
    const stream = a.streams.connect({ address: B, port: PORT }, events("a"));
    clock.advance(1);
    network.setPaths(() => ({ cut: true }));
    stream.send(Uint8Array.of(1));
    stream.send(Uint8Array.of(2));
    clock.advance(5000);
    expect(log).toEqual(["a connected"]);
    network.setPaths(() => ({ loss: 0.5 }));
    clock.advance(5000);
    expect(log).toEqual(["a connected", "b 1", "b 2"]);
    network.setPaths(() => ({ cut: true }));
    stream.send(Uint8Array.of(3));
    clock.advance(120_000);
    expect(log.slice(3)).toEqual(["a closed ETIMEDOUT"]);
  });
});
