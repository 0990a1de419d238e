import { expect, test } from "@jest/globals";
import { ipPrefix } from "@steelyard/model/address";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { ip } from "../../core/wire/testing/ip.ts";
import { type BgpConnectionEvents } from "../../ports/bgp-connections.ts";
import { bgpConnectionsContract, type BgpHost } from "../../ports/bgp-connections.contract.ts";
import { TcpBgpConnections } from "./tcp-bgp-connections.ts";
import { describeInNamespaces } from "./testing/namespaces.ts";
import { connectRoutedHosts, type RoutedHost } from "./testing/routed-hosts.ts";
import { eventually } from "./testing/veth.ts";

describeInNamespaces("TcpBgpConnections", (namespaces) => {
  const { near, far, behind } = connectRoutedHosts(namespaces);

  bgpConnectionsContract(() => ({
    near: bgpHost(near),
    far: bgpHost(far),
    silent: ip("192.0.2.99"),
    remote: behind.ipv4,
    eventually,
    close: () => undefined,
  }));

  test("a key that the kernel refuses keeps its peer out, and nobody else", async () => {
    const ended: string[] = [];
    const closed = (name: string) => ({ ...nothing, onClosed: () => ended.push(name) });
    const accepted: unknown[] = [];
    const listening = await bgpHost(far).connections.listen(
      { local: { address: far.ipv4, port: 0 }, device: undefined },
      (_connection, peer) => {
        accepted.push(peer);
        return nothing;
      },
    );
    if (!listening.ok) throw listening.error;
    const listener = listening.value;
    const peer = { interface: undefined, hops: ONE_HOP } as const;
    const good = { ...peer, from: ipPrefix(near.ipv4, 32), password: undefined };
    listener.setPeers([{ ...peer, from: ipPrefix(near.otherIpv4, 32), password: "" }, good]);
    const dial = (source: typeof near.ipv4, events: BgpConnectionEvents) =>
      bgpHost(near).connections.dial(
        {
          remote: listener.local,
          interface: undefined,
          source,
          device: undefined,
          password: undefined,
          hops: ONE_HOP,
        },
        events,
      );
    const open = [dial(near.otherIpv4, closed("refused")), dial(near.ipv4, closed("taken"))];
    await eventually(() => accepted.length > 0 && ended.length > 0);
    expect(accepted).toEqual([good]);
    expect(ended).toEqual(["refused"]);
    for (const one of [...open, listener]) one.close();
  });

  test("a connection that is taken in while descriptors are short is closed, and the listener goes on", async () => {
    let isShort = true;
    const { addon } = far.namespace;
    const duplicateDescriptor: typeof addon.duplicateDescriptor = (descriptor) => {
      if (isShort) throw new Error("EMFILE");
      return addon.duplicateDescriptor(descriptor);
    };
    let accepted = 0;
    const listening = await new TcpBgpConnections({ ...addon, duplicateDescriptor }).listen(
      { local: { address: far.ipv4, port: 0 }, device: undefined },
      () => {
        accepted += 1;
        return nothing;
      },
    );
    if (!listening.ok) throw listening.error;
    const from = ipPrefix(near.ipv4, 32);
    listening.value.setPeers([{ from, interface: undefined, password: undefined, hops: ONE_HOP }]);
    let ended = 0;
    const dial = () =>
      bgpHost(near).connections.dial(
        {
          ...{ remote: listening.value.local, interface: undefined, source: undefined, device: undefined },
          ...{ password: undefined, hops: ONE_HOP },
        },
        { ...nothing, onClosed: () => (ended += 1) },
      );
    dial();
    await eventually(() => ended === 1);
    isShort = false;
    const second = dial();
    await eventually(() => accepted === 1);
    for (const one of [second, listening.value]) one.close();
  });

  test("a router that talks on and does not read is not waited for when its connection is closed", async () => {
    const closed: Socket[] = [];
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
      const talking = setInterval(() => socket.write("more"), 20);
      socket.on("error", () => closed.push(socket)).on("close", () => clearInterval(talking));
    });
    // Without a host it listens at once, inside of the namespace.
    far.namespace.inside(() => server.listen(0));
    const { port } = server.address() as AddressInfo;
    let isConnected = false;
    const { ipv4: address } = far;
    const connections = new TcpBgpConnections(near.namespace.addon, { linger: 200 });
    const connection = connections.dial(
      {
        ...{ remote: { address, port }, interface: undefined, source: undefined, device: undefined },
        ...{ password: undefined, hops: ONE_HOP },
      },
      { ...nothing, onConnected: () => (isConnected = true) },
    );
    await eventually(() => isConnected);
    connection.send(new Uint8Array(20_000_000));
    connection.close();
    // What is left unsent is dropped, which resets the connection.
    await eventually(() => closed.length > 0);
    server.close();
  });
});

const ONE_HOP = { kind: "hops", hops: 1 } as const;
const nothing: BgpConnectionEvents = {
  onConnected: () => undefined,
  onData: () => undefined,
  onDrain: () => undefined,
  onClosed: () => undefined,
};

function bgpHost(host: RoutedHost): BgpHost {
  const { namespace } = host;
  const interfaces = () => namespace.inside(() => networkInterfaces());
  return { ...host, connections: new TcpBgpConnections(namespace.addon, { interfaces }) };
}
