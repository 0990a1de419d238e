import { afterEach, expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { type FilterProgram } from "../../core/wire/packet-filter.ts";
import { type PacketSocket } from "../../ports/packet-socket.ts";
import { AfPacketSockets } from "./af-packet-socket.ts";
import { describeInNamespace, testWithVlans } from "./testing/namespaces.ts";
import { acceptAll, type Cable, eventually, frame, markOf, plugCable } from "./testing/veth.ts";

const ARP = 0x0806;

const dropAll: FilterProgram = [{ code: 0x06, jt: 0, jf: 0, k: 0 }];

describeInNamespace("AfPacketSockets beyond the contract", (namespace) => {
  const open: PacketSocket[] = [];
  let cables = 0;
  afterEach(() => {
    for (const socket of open.splice(0)) socket.close();
  });

  const cable = (): Cable => plugCable(namespace, `near${String(++cables)}`, `far${String(cables)}`);
  const listen = (interfaceIndex: number, filter = acceptAll) => {
    const frames: Uint8Array[] = [];
    const batches: number[] = [];
    const socket = new AfPacketSockets(namespace.addon).open(
      { interfaceIndex, protocol: "arp", filter },
      {
        onFrames: (received) => {
          batches.push(received.length);
          for (const bytes of received) frames.push(bytes.slice());
        },
        onError: (error) => {
          throw error;
        },
      },
    );
    open.push(socket);
    return { socket, frames, batches, marks: () => frames.map(markOf) };
  };

  test("hand a burst over in few calls, in order", async () => {
    const { near, far } = cable();
    const here = listen(near.index);
    listen(far.index, dropAll).socket.send(Array.from({ length: 200 }, (_, index) => frame(ARP, index)));
    await eventually(() => here.frames.length === 200);
    expect(here.marks()).toEqual(Array.from({ length: 200 }, (_, index) => index));
    expect(here.batches.length).toBeLessThan(20);
  });

  test("cut a frame that is longer than a slot", async () => {
    const { near, far } = cable();
    for (const { name } of [near, far]) namespace.ip(`link set ${name} mtu 9000`);
    const here = listen(near.index);
    listen(far.index, dropAll).socket.send([frame(ARP, 1, { length: 4000 })]);
    await eventually(() => here.frames.length === 1);
    expect(here.frames[0]).toEqual(frame(ARP, 1, { length: 2048 }));
  });

  testWithVlans("leave the frames of a VLAN to the socket on its interface", async () => {
    const { near, far } = cable();
    namespace.ip(`link add link ${near.name} name tagged type vlan id 5`);
    namespace.ip("link set tagged up");
    const trunk = listen(near.index);
    const vlan = listen(namespace.addon.interfaceIndex("tagged"));
    listen(far.index, dropAll).socket.send([tagged(frame(ARP, 5), 5), frame(ARP, 7)]);
    await eventually(() => trunk.frames.length > 0 && vlan.frames.length > 0);
    expect([trunk.marks(), vlan.marks()]).toEqual([[7], [5]]);
  });

  test("need CAP_NET_RAW and no other capability", () => {
    const addonFile = new URL("../../../native/build/steelyard.node", import.meta.url).pathname;
    const source = `
      const addon = require(${JSON.stringify(addonFile)});
      const memory = { slab: new Uint8Array(64), lengths: new Uint32Array(1), onBatch() {}, onError() {} };
      const socket = addon.openPacketSocket({ interfaceIndex: 1, etherType: 0x0806, filter: Uint32Array.of(6, 0, 0, 64), ...memory });
      addon.setFilter(socket, Uint32Array.of(6, 0, 0, 0));
      addon.send(socket, [new Uint8Array(60)]);
      addon.close(socket);
      addon.close(addon.openNetlinkSocket({ protocol: 0, groups: Uint32Array.of(1, 5, 9), receiveBufferBytes: 1 << 20, ...memory }));
      addon.joinGroup(addon.openMulticastSocket(), 1, Uint8Array.from([0xff, 2, 0,0,0,0,0,0,0,0,0, 1, 0xff, 0, 0, 1]));
      process.stdout.write("enough " + process.getuid());`;
    const run = (capabilities: string): string =>
      namespace.inside(() =>
        execFileSync(
          "setpriv",
          [
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            "--bounding-set=-all,+net_raw",
            `--inh-caps=${capabilities}`,
            `--ambient-caps=${capabilities}`,
            process.execPath,
            "-e",
            source,
          ],
          { encoding: "utf8", stdio: "pipe" },
        ),
      );
    namespace.ip("link set lo up");
    expect(run("-all,+net_raw")).toBe("enough 65534");
    expect(() => run("-all")).toThrow("socket(AF_PACKET): operation not permitted (EPERM)");
  });
});

/** IEEE 802.1Q: the tag goes between the addresses and the EtherType. */
function tagged(untagged: Uint8Array, vlan: number): Uint8Array {
  return Uint8Array.of(...untagged.subarray(0, 12), 0x81, 0, 0, vlan, ...untagged.subarray(12));
}
