import { expect, test } from "@jest/globals";
import { formatIpAddress, type IpAddress, parseIpAddress } from "@steelyard/model/address";
import { emptySegmentReport } from "@steelyard/model/resources";
import { SegmentView } from "./segment-view.ts";

const address = (text: string): IpAddress => {
  const parsed = parseIpAddress(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
};
const held = (...texts: readonly string[]) => ({
  ...emptySegmentReport,
  held: Object.fromEntries(texts.map((text) => [text, { mac: "aa:bb:cc:dd:ee:01" }])),
});
const texts = (addresses: readonly IpAddress[]) => addresses.map(formatIpAddress);

test("tells of which addresses something else is known", () => {
  const view = new SegmentView();
  expect(texts(view.update("n1", held("192.0.2.1", "2001:DB8::1")))).toEqual(["192.0.2.1", "2001:db8::1"]);
  expect(view.holderOf(address("2001:db8::1"))).toMatchObject({ node: "n1", mac: "aa:bb:cc:dd:ee:01" });
  expect(texts(view.update("n1", held("192.0.2.1", "2001:db8::1")))).toEqual([]);
  expect(texts(view.update("n1", held("192.0.2.1")))).toEqual(["2001:db8::1"]);
  expect(view.holderOf(address("2001:db8::1"))).toBeUndefined();
  expect(texts(view.update("n1", undefined))).toEqual(["192.0.2.1"]);
  expect(view.of(address("192.0.2.1"))).toEqual([]);
});

test("an address is held as long as one node says so", () => {
  const view = new SegmentView();
  view.update("n2", held("192.0.2.1"));
  view.update("n1", held("192.0.2.1"));
  expect(view.holderOf(address("192.0.2.1"))?.node).toBe("n1");
  view.update("n1", undefined);
  expect(view.holderOf(address("192.0.2.1"))?.node).toBe("n2");
});

test("what is no address counts for nothing", () => {
  const view = new SegmentView();
  expect(view.update("n1", held("192.0.2.256"))).toEqual([]);
});
