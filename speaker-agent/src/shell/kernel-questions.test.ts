import { expect, test } from "@jest/globals";
import { formatIpAddress } from "@steelyard/model/address";
import { ManualClock } from "@steelyard/model/testing";
import { MemoryHost } from "../adapters/memory/memory-host.ts";
import { MemorySegment } from "../adapters/memory/memory-segment.ts";
import { addressed, link } from "../core/interfaces/testing/links.ts";
import { decodeArp } from "../core/wire/arp.ts";
import { decodeEthernet } from "../core/wire/ethernet.ts";
import { advertisementFrame, arpReplyFrame } from "../core/wire/neighbor-frames.ts";
import { ip } from "../core/wire/testing/ip.ts";
import { KernelQuestions } from "./kernel-questions.ts";

const OTHER_MAC = new Uint8Array([2, 0, 0, 0, 0, 0x99]);
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A node, and another host whose kernel answers for 192.0.2.9 and 2001:db8::9. */
function setUp() {
  const host = new MemoryHost();
  const segment = new MemorySegment();
  const eth0 = link("eth0", 2, addressed("192.0.2.1/24", "2001:db8::1/64"));
  host.links.add(eth0, segment);
  const kernel = {
    groups: new Set<string>(),
    receive: (bytes: Uint8Array) => {
      const frame = decodeEthernet(bytes);
      if (!frame.ok) return;
      const arp = decodeArp(frame.value.payload);
      if (arp.ok && formatIpAddress(arp.value.targetAddress) === "192.0.2.9")
        segment.transmit(kernel, arpReplyFrame(arp.value, OTHER_MAC));
      if (frame.value.etherType !== 0x86dd) return;
      const to = { address: ip("2001:db8::1"), mac: eth0.mac, solicited: true };
      segment.transmit(kernel, advertisementFrame(ip("2001:db8::9"), OTHER_MAC, to));
    },
  };
  segment.attach(kernel);
  const clock = new ManualClock();
  const answers: string[] = [];
  const questions = new KernelQuestions({
    packetSockets: host.packetSockets,
    clock,
    onAnswer: (address) => answers.push(formatIpAddress(address)),
  });
  questions.update([eth0]);
  return { questions, answers, clock, segment, eth0 };
}

test.each(["192.0.2.9", "2001:db8::9"])("%s on the segment answers", async (address) => {
  const { questions, answers } = setUp();
  expect(questions.ask(ip(address))).toBe("asked");
  await turn();
  expect(answers).toEqual([address]);
});

test("who is asked second is heard as well as the first", async () => {
  const { questions, answers } = setUp();
  questions.ask(ip("192.0.2.8"));
  questions.ask(ip("192.0.2.9"));
  await turn();
  expect(answers).toEqual(["192.0.2.9"]);
});

test.each<[string, string, object]>([
  ["in another subnet", "198.51.100.9", {}],
  ["of a family this node has no address of", "2001:db8:1::9", {}],
  ["behind a link that is down", "192.0.2.9", { running: false }],
  ["that is this node's own", "192.0.2.1", {}],
])("an address %s is out of reach", (_what, address, change) => {
  const { questions, eth0, segment } = setUp();
  questions.update([{ ...eth0, ...change }]);
  expect(questions.ask(ip(address))).toBe("out-of-reach");
  expect(segment.traffic).toEqual([]);
});

test("ten seconds after the last question nothing is listened to", async () => {
  const { questions, answers, clock, segment } = setUp();
  questions.ask(ip("192.0.2.9"));
  await turn();
  clock.advance(10_000);
  const late = arpReplyFrame(
    {
      operation: "request",
      senderMac: new Uint8Array(6),
      senderAddress: ip("192.0.2.1"),
      targetMac: new Uint8Array(6),
      targetAddress: ip("192.0.2.9"),
    },
    OTHER_MAC,
  );
  segment.transmit({ groups: new Set(), receive: () => undefined }, late);
  await turn();
  expect(answers).toHaveLength(1);
});
