import { describe, expect, test } from "@jest/globals";
import { builtOf, ips, poolOf, texts } from "../testing/pools.ts";
import { subjectOf } from "../testing/subjects.ts";
import { AddressBook } from "./address-book.ts";
import { type AddressRequest } from "./address-request.ts";
import { type AddressSubject } from "./address-subject.ts";
import { serveWaiting, type WaitingService } from "./serve-waiting.ts";

const edge = builtOf([poolOf("edge", ["192.0.2.1/32"])]);

function waiting(key: string, second: number, rest: Partial<AddressSubject> = {}): WaitingService {
  return { subject: subjectOf(key, "v4", rest), createdAt: `2026-11-22T08:00:0${second}Z` };
}

describe("those who wait", () => {
  test("are served by age, though a younger one remembers an address of a pool that is gone", () => {
    const book = new AddressBook();
    const young = waiting("shop/a-young", 2, { remembered: ips("203.0.113.1") });
    expect(serveWaiting([young, waiting("shop/old", 1)], edge, book)).toEqual(["shop/old"]);
    expect(texts(book.reservedFor("shop/old"))).toEqual(["192.0.2.1"]);
  });

  test("get back what was theirs before anybody gets something new", () => {
    const book = new AddressBook();
    const young = waiting("shop/young", 2, { remembered: ips("192.0.2.1") });
    expect(serveWaiting([waiting("shop/old", 1), young], edge, book)).toEqual(["shop/young"]);
  });

  test("are told again who holds what they want, whenever the line moves", () => {
    const request: AddressRequest = {
      asks: "addresses",
      addresses: ips("192.0.2.1"),
      pool: undefined,
      source: "x",
    };
    const line = [waiting("shop/b", 1, { request }), waiting("shop/c", 2, { request })];
    expect(serveWaiting(line, edge, new AddressBook())).toEqual(["shop/b", "shop/c"]);
  });
});
