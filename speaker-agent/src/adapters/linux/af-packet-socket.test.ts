import { afterEach, expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { type FilterProgram } from "../../core/wire/packet-filter.ts";
import { type PacketProtocol, type PacketSocket, PacketSocketError } from "../../ports/packet-socket.ts";
import { AfPacketSockets } from "./af-packet-socket.ts";
import { describeInNamespace, testWithVlans } from "./testing/namespaces.ts";
import { type Cable, eventually, frame, markOf, plugCable } from "./testing/veth.ts";

const ARP = 0x0806;
const IPV6 = 0x86dd;

const acceptAll: FilterProgram = [{ code: 0x06, jt: 0, jf: 0, k: 0xffff }];
const dropAll: FilterProgram = [{ code: 0x06, jt: 0, jf: 0, k: 0 }];
/** Accepts a frame whose 32-bit mark at byte 14 has this value. */
const acceptMark = (mark: number): FilterProgram => [
  { code: 0x20, jt: 0, jf: 0, k: 14 },
  { code: 0x15, jt: 0, jf: 1, k: mark },
  { code: 0x06, jt: 0, jf: 0, k: 0xffff },
  { code: 0x06, jt: 0, jf: 0, k: 0 },
];

describeInNamespace("packet sockets of the kernel", (namespace) => {
  const open: PacketSocket[] = [];
  let cables = 0;
  afterEach(() => {
    for (const socket of open.splice(0)) socket.close();
  });

  const cable = (): Cable => plugCable(namespace, `near${String(++cables)}`, `far${String(cables)}`);
  const listen = (interfaceIndex: number, filter = acceptAll, protocol: PacketProtocol = "arp") => {
    const frames: Uint8Array[] = [];
    const errors: PacketSocketError[] = [];
    const batches: number[] = [];
    const socket = new AfPacketSockets(namespace.addon).open(
      { interfaceIndex, protocol, filter },
      {
        onFrames: (received) => {
          batches.push(received.length);
          for (const bytes of received) frames.push(bytes.slice());
        },
        onError: (error) => errors.push(error),
      },
    );
    open.push(socket);
    return { socket, frames, errors, batches, marks: () => frames.map(markOf) };
  };

  test("carry whole frames to the other end, and not back to the sender", async () => {
    const { near, far } = cable();
    const here = listen(near.index);
    const there = listen(far.index);
    there.socket.send([frame(ARP, 1), frame(ARP, 2)]);
    await eventually(() => here.frames.length === 2);
    expect(here.frames).toEqual([frame(ARP, 1), frame(ARP, 2)]);
    expect(there.frames).toEqual([]);
  });

  test("see only their own EtherType", async () => {
    const { near, far } = cable();
    const arp = listen(near.index);
    const ipv6 = listen(near.index, acceptAll, "ipv6");
    listen(far.index).socket.send([frame(IPV6, 6), frame(ARP, 4), frame(0x0800, 0)]);
    await eventually(() => arp.frames.length > 0 && ipv6.frames.length > 0);
    expect([arp.marks(), ipv6.marks()]).toEqual([[4], [6]]);
  });

  test("apply the first filter to the first frame, and a new one from then on", async () => {
    const { near, far } = cable();
    const here = listen(near.index, acceptMark(1));
    const there = listen(far.index, dropAll);
    there.socket.send([frame(ARP, 1), frame(ARP, 2)]);
    await eventually(() => here.frames.length === 1);
    here.socket.setFilter(acceptMark(2));
    there.socket.send([frame(ARP, 1), frame(ARP, 2)]);
    await eventually(() => here.frames.length === 2);
    expect(here.marks()).toEqual([1, 2]);
  });

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

  test("leave the frames of other hosts and of VLANs that this host does not have alone", async () => {
    const { near, far } = cable();
    const here = listen(near.index);
    const stranger = frame(ARP, 3, { to: "020000000042" });
    listen(far.index, dropAll).socket.send([tagged(frame(ARP, 6), 6), stranger, frame(ARP, 7)]);
    await eventually(() => here.frames.length > 0);
    expect(here.marks()).toEqual([7]);
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

  test("report a link that goes down, and go on when it is up again", async () => {
    const { near, far } = cable();
    const here = listen(near.index);
    namespace.ip(`link set ${near.name} down`);
    await eventually(() => here.errors.length === 1);
    expect(here.errors[0]).toMatchObject({ code: "ENETDOWN", verdict: "later" });
    expect(refusal(() => here.socket.send([frame(ARP, 0)]))).toMatchObject({
      code: "ENETDOWN",
      verdict: "later",
    });
    namespace.ip(`link set ${near.name} up`);
    const there = listen(far.index, dropAll);
    // The kernel takes a moment after "up" before a queue lets the first frame through.
    await eventually(() => {
      there.socket.send([frame(ARP, 1)]);
      return here.frames.length > 0;
    });
    expect(here.errors).toHaveLength(1);
  });

  test("report an interface that is deleted, and refuse to send", async () => {
    const { near } = cable();
    const here = listen(near.index);
    namespace.ip(`link del ${near.name}`);
    await eventually(() => here.errors.length > 0);
    expect(here.errors.map(({ code }) => code)).toEqual(["ENETDOWN"]);
    expect(refusal(() => here.socket.send([frame(ARP, 0)]))).toMatchObject({
      code: "ENXIO",
      verdict: "never",
    });
  });

  test("refuse an interface that does not exist, and a filter the kernel does not take", () => {
    expect(refusal(() => listen(4711))).toMatchObject({
      message: "arp socket on interface 4711: bind: no such device (ENODEV)",
      code: "ENODEV",
      verdict: "never",
    });
    const { near } = cable();
    const here = listen(near.index);
    const tooLong = Array<FilterProgram[number]>(4097).fill({ code: 0x06, jt: 0, jf: 0, k: 0 });
    expect(refusal(() => here.socket.setFilter(tooLong))).toMatchObject({ code: "EINVAL", verdict: "never" });
    const tooMuch = [
      ...Array<FilterProgram[number]>(4095).fill({ code: 0x20, jt: 0, jf: 0, k: 0 }),
      ...acceptAll,
    ];
    namespace.inside(() => here.socket.setFilter(acceptMark(1)));
    expect(tooMuch).toHaveLength(4096);
  });

  test("say nothing more once closed", async () => {
    const { near, far } = cable();
    const here = listen(near.index);
    const witness = listen(near.index);
    here.socket.close();
    here.socket.close();
    listen(far.index, dropAll).socket.send([frame(ARP, 1)]);
    await eventually(() => witness.frames.length === 1);
    expect([here.frames, here.errors]).toEqual([[], []]);
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

function refusal(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(PacketSocketError);
    const { message, code, verdict } = error as PacketSocketError;
    return { message, code, verdict };
  }
  throw new Error("nothing was refused");
}
