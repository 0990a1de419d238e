import { describe, expect, test } from "@jest/globals";
import { ManualClock } from "@steelyard/model/testing";
import { ip } from "../../core/wire/testing/ip.ts";
import { type Refusal } from "../../ports/interface-addresses.ts";
import { NetlinkInterfaceAddresses } from "./netlink-interface-addresses.ts";
import { concatenated, message, word } from "./testing/route-bytes.ts";
import { ScriptedNetlink } from "./testing/scripted-addon.ts";

const NLMSG_ERROR = 2;
/** An acknowledgement repeats the header of the request. */
const request = new Uint8Array(16);

function setUp() {
  const kernel = new ScriptedNetlink();
  const clock = new ManualClock({ startMillis: 1000 });
  const addresses = new NetlinkInterfaceAddresses(kernel.addon, clock);
  const answers: Refusal[] = [];
  const add = (last: number): void =>
    addresses.add({ interfaceIndex: 2, interfaceName: "eth0", address: ip(`192.0.2.${last}`) }, (refusal) =>
      answers.push(refusal),
    );
  const acknowledge = (sequence: number, errno = 0): void =>
    kernel.deliver(
      kernel.requests,
      message(NLMSG_ERROR, concatenated([word(-errno), request]), { sequence }),
    );
  const sent = () => kernel.requests.sent.length;
  return { kernel, clock, addresses, answers, add, acknowledge, sent };
}

describe("changing addresses", () => {
  test("no socket before the first change; at most 64 are under way", () => {
    const { kernel, add, acknowledge, sent, answers } = setUp();
    expect(kernel.sockets).toHaveLength(0);
    for (let i = 0; i < 100; i++) add(i);
    expect(sent()).toBe(64);
    acknowledge(1);
    acknowledge(2, 1);
    expect([sent(), answers]).toEqual([66, [undefined, "EPERM"]]);
  });

  test("what was asked for and not sent yet is sent at the close, and nobody is told", () => {
    const { kernel, addresses, clock, add, answers } = setUp();
    for (let i = 0; i < 100; i++) add(i);
    const [socket] = kernel.sockets;
    addresses.close();
    expect([socket?.sent.length, socket?.closed]).toEqual([100, true]);
    clock.advance(10_000);
    expect([answers, clock.pendingTimers]).toEqual([[], 0]);
  });

  test("an answer that does not come is given up after two seconds", () => {
    const { clock, add, answers } = setUp();
    add(1);
    clock.advance(1999);
    expect(answers).toEqual([]);
    clock.advance(1);
    expect(answers).toEqual(["ETIMEDOUT"]);
  });

  test("lost answers and a socket that cannot be had are refusals, told later", () => {
    const { kernel, clock, add, answers } = setUp();
    kernel.refusal = Object.assign(new Error("too many open files"), { code: "EMFILE" });
    add(1);
    expect(answers).toEqual([]);
    clock.advance(0);
    expect(answers).toEqual(["EMFILE"]);
    add(2);
    kernel.fail(kernel.requests, "ENOBUFS");
    expect(answers).toEqual(["EMFILE", "ENOBUFS"]);
  });

  test("an answer to nothing is ignored", () => {
    const { add, acknowledge, answers } = setUp();
    add(1);
    acknowledge(77);
    expect(answers).toEqual([]);
  });
});
