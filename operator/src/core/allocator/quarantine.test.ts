import { describe, expect, test } from "@jest/globals";
import { builtOf, ip, ips, poolOf, texts } from "../testing/pools.ts";
import { type FamilyKind, subjectOf } from "../testing/subjects.ts";
import { AddressBook } from "./address-book.ts";
import { type AddressSubject } from "./address-subject.ts";
import { decideAddresses } from "./decide-addresses.ts";

const key = "shop/web";
const foreign = { mac: "aa:bb:cc:dd:ee:01", node: "n1" };
const edge = poolOf("edge", ["192.0.2.1-192.0.2.3"]);
const dual = poolOf("edge", ["192.0.2.1-192.0.2.2", "2001:db8::1-2001:db8::2"]);

interface Scene {
  readonly shows?: readonly string[];
  readonly quarantined: readonly string[];
  readonly pools?: readonly ReturnType<typeof poolOf>[];
  readonly subject?: Partial<AddressSubject>;
  readonly kind?: FamilyKind;
  readonly others?: Readonly<Record<string, string>>;
}

function bookOf({ shows = [], quarantined, others = {} }: Scene): AddressBook {
  const book = new AddressBook();
  for (const [other, address] of Object.entries(others)) book.observe(other, ips(address));
  for (const address of quarantined) book.quarantine(ip(address), foreign);
  book.observe(key, ips(...shows));
  return book;
}

function decide(scene: Scene, book: AddressBook = bookOf(scene)) {
  const { pools = [edge], kind = "v4" } = scene;
  const subject = subjectOf(key, kind, { isUnannounced: true, ...scene.subject });
  const decision = decideAddresses(subject, builtOf(pools), book);
  const { addresses, lost, outcome } = decision;
  const causes = lost.map(({ address, cause }) => `${texts([address]).join()} ${cause.is}`);
  return { has: texts(addresses), lost: causes, code: outcome.code, outcome, decision };
}

describe("an address that somebody outside the cluster answers for", () => {
  test("is not given out, and is again when nobody answers any more", () => {
    const book = bookOf({ quarantined: ["192.0.2.1"] });
    expect(decide({ quarantined: [] }, book).has).toEqual(["192.0.2.2"]);
    expect(book.quarantine(ip("192.0.2.1"), undefined)).toEqual({ changed: true });
    expect(book.quarantine(ip("192.0.2.1"), undefined)).toEqual({ changed: false });
    expect(decide({ quarantined: [] }, book).has).toEqual(["192.0.2.1"]);
  });

  test("is not overlooked in a range that was found full meanwhile", () => {
    const one = poolOf("edge", ["192.0.2.1/32"]);
    const book = bookOf({ quarantined: ["192.0.2.1"] });
    expect(decide({ quarantined: [], pools: [one] }, book).code).toBe("PoolsFull");
    book.quarantine(ip("192.0.2.1"), undefined);
    expect(decide({ quarantined: [], pools: [one] }, book).has).toEqual(["192.0.2.1"]);
  });

  test("is a reason of its own when nothing else is free", () => {
    const { code, outcome } = decide({
      quarantined: ["192.0.2.2"],
      others: { "shop/a": "192.0.2.1", "shop/b": "192.0.2.3" },
    });
    expect(code).toBe("PoolsFull");
    const full = { is: "full", held: 2n, total: 3n, quarantined: [{ address: ip("192.0.2.2"), ...foreign }] };
    expect(outcome).toMatchObject({ considered: [{ pool: "edge", verdict: full }] });
  });

  test("is given to whoever asks for this very one, and kept by him", () => {
    const request = { asks: "addresses", addresses: ips("192.0.2.1"), pool: undefined, source: "x" } as const;
    const asks = { quarantined: ["192.0.2.1"], subject: { request } };
    expect(decide(asks)).toMatchObject({ has: ["192.0.2.1"], lost: [] });
    expect(decide({ ...asks, shows: ["192.0.2.1"] })).toMatchObject({ has: ["192.0.2.1"], lost: [] });
  });

  test("is not shared, and not given back to whoever remembers it", () => {
    const sharing = { key: "k", backend: "", ports: ["TCP/80"] };
    const book = bookOf({ quarantined: ["192.0.2.1"] });
    const other = { key: "k", backend: "", ports: ["UDP/53"] };
    book.observe("shop/a", ips("192.0.2.1"), { sharing: other, isForeign: false });
    expect(decide({ quarantined: [], subject: { sharing } }, book).has).toEqual(["192.0.2.2"]);
    const remembered = ips("192.0.2.1");
    expect(decide({ quarantined: ["192.0.2.1"], subject: { remembered } }).has).toEqual(["192.0.2.2"]);
  });
});

describe("a Service that has such an address", () => {
  const scene: Scene = { shows: ["192.0.2.1"], quarantined: ["192.0.2.1"] };

  test("gets another one, and the same however often it is asked", () => {
    const book = bookOf(scene);
    const first = decide(scene, book);
    expect(first).toMatchObject({ has: ["192.0.2.2"], lost: ["192.0.2.1 quarantined"], code: "Allocated" });
    book.reserve(key, first.decision.addresses);
    expect(decide(scene, book)).toMatchObject({ has: ["192.0.2.2"], lost: ["192.0.2.1 quarantined"] });
    book.observe(key, first.decision.addresses);
    expect(decide(scene, book)).toMatchObject({ has: ["192.0.2.2"], lost: [] });
  });

  test("is not pulled back when it is free again", () => {
    const book = bookOf({ ...scene, shows: ["192.0.2.2"] });
    book.quarantine(ip("192.0.2.1"), undefined);
    expect(decide(scene, book)).toMatchObject({ has: ["192.0.2.2"], lost: [] });
  });

  test("keeps it as long as an agent announces it, or nobody knows", () => {
    const stays = { has: ["192.0.2.1"], lost: [] };
    expect(decide({ ...scene, subject: { isUnannounced: false } })).toMatchObject(stays);
  });

  test("keeps it when there is no other", () => {
    const others = { "shop/a": "192.0.2.2", "shop/b": "192.0.2.3" };
    expect(decide({ ...scene, others })).toMatchObject({ has: ["192.0.2.1"], lost: [], code: "Allocated" });
    expect(decide({ ...scene, others }).decision.isWaiting).toBe(true);
    expect(decide({ ...scene, others, subject: { isUnannounced: false } }).decision.isWaiting).toBe(false);
  });

  test("gets one from another pool when its own has none, but not if it asks for its own", () => {
    const own = poolOf("own", ["192.0.2.1/32"]);
    const pools = [own, poolOf("other", ["198.51.100.1/32"])];
    expect(decide({ ...scene, pools })).toMatchObject({ has: ["198.51.100.1"], code: "Allocated" });
    const request = { asks: "pool", pool: "own", source: "x" } as const;
    expect(decide({ ...scene, pools, subject: { request, fromPool: "own" } }).has).toEqual(["192.0.2.1"]);
  });

  test("gets another one of the pool it asks for", () => {
    const request = { asks: "pool", pool: "edge", source: "x" } as const;
    const subject = { request, fromPool: "edge" };
    expect(decide({ ...scene, subject })).toMatchObject({
      has: ["192.0.2.2"],
      lost: ["192.0.2.1 quarantined"],
    });
  });

  test("stays out of pools that are for others, or give nothing by themselves", () => {
    const pools = [poolOf("edge", ["192.0.2.1-192.0.2.3"], { autoAssign: false })];
    expect(decide({ ...scene, pools }).has).toEqual(["192.0.2.1"]);
  });

  test("keeps the other family in its place", () => {
    const both = { kind: "prefer", pools: [dual], shows: ["2001:db8::1", "192.0.2.1"] } as const;
    expect(decide({ ...both, quarantined: ["192.0.2.1"] })).toMatchObject({
      has: ["2001:db8::1", "192.0.2.2"],
      lost: ["192.0.2.1 quarantined"],
    });
    const elsewhere = poolOf("other", ["198.51.100.1/32"]);
    const taken = { "shop/a": "192.0.2.2" };
    expect(
      decide({ ...both, pools: [dual, elsewhere], others: taken, quarantined: ["192.0.2.1"] }).has,
    ).toEqual(["2001:db8::1", "192.0.2.1"]);
  });
});
