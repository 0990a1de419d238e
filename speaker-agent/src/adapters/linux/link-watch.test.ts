import { describe, expect, test } from "@jest/globals";
import { formatIpAddress } from "@steelyard/model/address";
import { ManualClock } from "@steelyard/model/testing";
import { type DescribedLink } from "./link-table.ts";
import { LinkWatch } from "./link-watch.ts";
import * as captured from "./testing/captured-rtnetlink.ts";
import { ScriptedNetlink } from "./testing/scripted-addon.ts";

const RTM_GETLINK = 18;
const RTM_GETADDR = 22;

/** A captured message as the answer to, or an event beside, the request with this number. */
function message(hex: string, sequence: number, changes: { interrupted?: boolean } = {}): Uint8Array {
  const bytes = Buffer.from(hex, "hex");
  bytes.writeUInt32LE(sequence, 8);
  if (changes.interrupted) bytes.writeUInt16LE(0x12, 6);
  return Uint8Array.from(bytes);
}

/** RTM_DELLINK of the link that PORT_OF_BRIDGE describes. */
const LINK_GONE = "20000000110000000000000000000000" + "0000000003000000" + "0000000000000000";

function setUp() {
  const kernel = new ScriptedNetlink();
  const clock = new ManualClock({ startMillis: 1000 });
  const tables: string[][] = [];
  const errors: string[] = [];
  const describeLink = ({ name, addresses }: DescribedLink): string =>
    [name, ...addresses.map(({ address }) => formatIpAddress(address))].join(" ");
  const watch = new LinkWatch(kernel.addon, clock, {
    onLinks: (links) => tables.push(links.map(describeLink)),
    onError: (error) => errors.push(error.message),
  });
  watch.start();
  const answer = (hex: string, changes = {}) =>
    kernel.deliver(kernel.requests, message(hex, kernel.lastRequest().sequence, changes));
  const event = (hex: string) => kernel.deliver(kernel.events, message(hex, 0));
  /** Lists the one link, then these address messages. */
  const answerDumps = (...addresses: readonly string[]): void => {
    answer(captured.PORT_OF_BRIDGE);
    answer(captured.DONE);
    for (const hex of addresses) answer(hex);
    answer(captured.DONE);
  };
  return { kernel, clock, tables, errors, watch, answer, event, answerDumps };
}

describe("watching the links", () => {
  test("asks for the links, then for the addresses, and tells once it has both", () => {
    const { kernel, tables, answer } = setUp();
    expect(kernel.lastRequest()).toEqual({ type: RTM_GETLINK, sequence: 1 });
    answer(captured.PORT_OF_BRIDGE);
    answer(captured.DONE);
    expect(kernel.lastRequest()).toEqual({ type: RTM_GETADDR, sequence: 2 });
    expect(tables).toEqual([]);
    answer(captured.DONE);
    expect(tables).toEqual([["v0"]]);
  });

  test("an answer to an earlier request does not count", () => {
    const { kernel, tables } = setUp();
    kernel.deliver(kernel.requests, message(captured.DONE, 7));
    expect(kernel.lastRequest().type).toBe(RTM_GETLINK);
    expect(tables).toEqual([]);
  });

  test("an event during the dumps is applied after them", () => {
    const { tables, event, answerDumps } = setUp();
    event(LINK_GONE);
    answerDumps();
    expect(tables).toEqual([[]]);
  });

  test("an event that changes nothing is not told", () => {
    const { tables, event, answerDumps, clock } = setUp();
    answerDumps();
    event(captured.PORT_OF_BRIDGE);
    event(captured.LEFT_BRIDGE);
    clock.advance(1000);
    expect(tables).toEqual([["v0"]]);
  });

  test("the first change is told at once, those of the next 20 ms together", () => {
    const { tables, event, answerDumps, clock } = setUp();
    answerDumps();
    clock.advance(20);
    event(LINK_GONE);
    expect(tables).toEqual([["v0"], []]);
    event(captured.PORT_OF_BRIDGE);
    event(LINK_GONE);
    event(captured.PORT_OF_BRIDGE);
    clock.advance(19);
    expect(tables).toHaveLength(2);
    clock.advance(1);
    expect(tables).toEqual([["v0"], [], ["v0"]]);
  });

  test("a change and its undoing within 20 ms is not told", () => {
    const { tables, event, answerDumps, clock } = setUp();
    answerDumps();
    event(LINK_GONE);
    event(captured.PORT_OF_BRIDGE);
    clock.advance(1000);
    expect(tables).toEqual([["v0"]]);
  });
});

describe("when something is lost", () => {
  test("messages that ran over the queue: everything is read anew over new sockets, and that is no error", () => {
    const { kernel, clock, tables, errors, answerDumps } = setUp();
    answerDumps();
    clock.advance(1000);
    kernel.fail(kernel.events, "ENOBUFS");
    expect(kernel.open).toHaveLength(0);
    clock.advance(0);
    expect(kernel.sockets).toHaveLength(4);
    answerDumps(captured.TWO_ADDRESSES);
    expect([tables, errors]).toEqual([[["v0"]], []]);
  });

  test("readers keep the old table until the new one is complete", () => {
    const { kernel, clock, tables, event, answer, answerDumps } = setUp();
    answerDumps();
    clock.advance(1000);
    kernel.fail(kernel.events, "ENOBUFS");
    clock.advance(0);
    event(LINK_GONE);
    answer(captured.DONE);
    expect(tables).toEqual([["v0"]]);
    answer(captured.DONE);
    expect(tables).toEqual([["v0"], []]);
  });

  test("losses in a row are made up for ten times a second at most", () => {
    const { kernel, clock } = setUp();
    for (let losses = 1; losses <= 5; losses++) {
      kernel.fail(kernel.events, "ENOBUFS");
      clock.advance(99);
      expect(kernel.open).toHaveLength(0);
      clock.advance(1);
      expect(kernel.open).toHaveLength(2);
    }
  });

  test("a dump that was interrupted is not believed", () => {
    const { clock, tables, errors, answer, answerDumps } = setUp();
    answer(captured.PORT_OF_BRIDGE, { interrupted: true });
    clock.advance(100);
    answerDumps();
    expect([tables, errors]).toEqual([[["v0"]], []]);
  });

  test("a dump that does not end is an error after five seconds, and begins again", () => {
    const { kernel, clock, errors } = setUp();
    clock.advance(4999);
    expect(errors).toEqual([]);
    clock.advance(1);
    expect(errors).toEqual(["rtnetlink: the kernel did not finish its list of links"]);
    clock.advance(0);
    expect(kernel.open).toHaveLength(2);
  });

  test("a dump that is refused is an error, and begins again", () => {
    const { kernel, clock, errors, answer } = setUp();
    answer("24000000020000000000000000000000" + "f0ffffff" + "14000000120001030000000000000000");
    expect(errors).toEqual(["rtnetlink: the kernel refused to list its links (errno 16)"]);
    clock.advance(100);
    expect(kernel.open).toHaveLength(2);
  });

  test("any other fault of a socket is an error, and everything begins again", () => {
    const { kernel, clock, errors } = setUp();
    kernel.fail(kernel.requests, "EMSGSIZE");
    expect(errors).toEqual(["recvmmsg: EMSGSIZE"]);
    clock.advance(100);
    expect(kernel.open).toHaveLength(2);
  });

  test("sockets that cannot be opened are an error, leave nothing open, and are tried again", () => {
    const { kernel, clock, errors } = setUp();
    kernel.refusal = new Error("socket(AF_NETLINK): too many open files (EMFILE)");
    kernel.fail(kernel.events, "ENOBUFS");
    clock.advance(100);
    expect(kernel.open).toHaveLength(0);
    expect(errors).toEqual(["socket(AF_NETLINK): too many open files (EMFILE)"]);
    clock.advance(100);
    expect(kernel.open).toHaveLength(2);
  });

  test("a message that makes no sense is an error and no reason to stop", () => {
    const { tables, errors, event, answerDumps, clock } = setUp();
    answerDumps();
    clock.advance(20);
    event("14000000" + "1000" + "0000" + "0000000000000000" + "00000000");
    event(LINK_GONE);
    expect(errors).toHaveLength(1);
    expect(tables).toEqual([["v0"], []]);
  });

  test("closing ends everything, also what is due", () => {
    const { kernel, clock, tables, event, answerDumps, watch } = setUp();
    answerDumps();
    event(LINK_GONE);
    kernel.fail(kernel.events, "ENOBUFS");
    watch.close();
    clock.advance(10_000);
    expect([kernel.open.length, clock.pendingTimers, tables]).toEqual([0, 0, [["v0"]]]);
  });
});
