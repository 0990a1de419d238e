import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type IpAddress } from "@steelyard/model/address";
import { builtOf, ip, poolOf, texts } from "../testing/pools.ts";
import { type FamilyKind, subjectOf } from "../testing/subjects.ts";
import { AddressBook } from "./address-book.ts";
import { type AddressSubject } from "./address-subject.ts";
import { type AddressDecision, decideAddresses } from "./decide-addresses.ts";
import { serveWaiting, type WaitingService } from "./serve-waiting.ts";
import { whyNotShare } from "./sharing.ts";

/** A cluster in miniature: which Services exist since when, and what their statuses show. */
class Cluster {
  readonly alive = new Map<string, { waiting: WaitingService; status: readonly IpAddress[] }>();
  book = new AddressBook();
  built = builtOf([]);
  #age = 0;

  create(name: string, subject: AddressSubject): void {
    const createdAt = `2026-11-22T00:00:${String(this.#age++).padStart(6, "0")}Z`;
    this.alive.set(name, { waiting: { subject, createdAt }, status: [] });
    this.observe(name);
  }

  remove(name: string): void {
    this.alive.delete(name);
    this.book.forget(name);
  }

  /** The operator forgets everything; only the statuses remain. */
  restart(): void {
    this.book = new AddressBook();
    for (const [key] of this.alive) this.observe(key);
  }

  observe(key: string): void {
    const { waiting, status } = this.alive.get(key) ?? {};
    const facts = { sharing: waiting?.subject.sharing, isForeign: false };
    this.book.observe(key, status ?? [], facts);
  }

  serve(): void {
    serveWaiting(
      [...this.alive.values()].map(({ waiting }) => waiting),
      this.built,
      this.book,
    );
    for (const [key, service] of this.alive) {
      service.status = this.book.reservedFor(key);
      this.observe(key);
    }
  }
}

/** What a Service of a history may ask for and share by. */
const wishes = {
  anything: {},
  "shares-80": { sharing: { key: "k", backend: "", ports: ["TCP/80"] } },
  "shares-53": { sharing: { key: "k", backend: "", ports: ["UDP/53"] } },
  "asks-for-one": {
    request: { asks: "addresses", addresses: [ip("192.0.2.1")], pool: undefined, source: "x" },
  },
  "asks-for-pool": { request: { asks: "pool", pool: "b", source: "x" } },
  "remembers-one": { remembered: [ip("192.0.2.2")] },
} as const satisfies Readonly<Record<string, Partial<AddressSubject>>>;
type Wish = keyof typeof wishes;

const anyKind = fc.constantFrom<FamilyKind>("v4", "v6", "prefer", "require");
const anyWish = fc.constantFrom<Wish>(...(Object.keys(wishes) as Wish[]));

type Step =
  | { readonly do: "create"; readonly name: number; readonly kind: FamilyKind; readonly wish: Wish }
  | { readonly do: "remove"; readonly name: number }
  | { readonly do: "restart" }
  | { readonly do: "widen" };

const name = fc.integer({ min: 0, max: 11 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("create" as const),
      name,
      kind: anyKind,
      wish: anyWish,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("remove" as const), name }) },
  { weight: 1, arbitrary: fc.constant({ do: "restart" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "widen" as const }) },
);

function run(steps: readonly Step[], check: (cluster: Cluster) => void): Cluster {
  const cluster = new Cluster();
  let last = 2;
  const pools = () =>
    builtOf([
      poolOf("a", [`192.0.2.0-192.0.2.${last}`, `2001:db8::-2001:db8::${last}`]),
      poolOf("b", ["198.51.100.0/31"]),
    ]);
  cluster.built = pools();
  for (const one of steps) {
    if (one.do === "create" && !cluster.alive.has(`shop/${one.name}`)) {
      cluster.create(`shop/${one.name}`, subjectOf(`shop/${one.name}`, one.kind, wishes[one.wish]));
    }
    if (one.do === "remove") cluster.remove(`shop/${one.name}`);
    if (one.do === "restart") cluster.restart();
    if (one.do === "widen" && last < 9) {
      last += 1;
      cluster.built = pools();
    }
    check(cluster);
  }
  return cluster;
}

describe("a decision", () => {
  const known = [
    "192.0.2.0",
    "192.0.2.1",
    "2001:db8::",
    "198.51.100.0",
    "198.51.100.1",
    "2001:db8:6::",
    "203.0.113.1",
  ];
  const some = fc.subarray(known.map(ip));
  const pools = [
    poolOf("a", ["192.0.2.0/31", "2001:db8::/128"]),
    poolOf("b", ["198.51.100.0/31"]),
    poolOf("c", ["2001:db8:6::/127"]),
  ];

  test("that is reserved is the decision again: two looks never give and free in turn", () => {
    const refused = fc.constantFrom<readonly string[]>([], ["broken"]);
    fc.assert(
      fc.property(
        anyKind,
        anyWish,
        some,
        some,
        some,
        fc.subarray(pools),
        refused,
        (kind, wish, observed, reserved, others, inForce, names) => {
          const subject = subjectOf("shop/web", kind, wishes[wish]);
          const built = builtOf(inForce, { refusedPools: new Set(names) });
          const book = new AddressBook();
          book.observe(subject.key, observed, { sharing: subject.sharing, isForeign: false });
          book.reserve(subject.key, reserved);
          for (const [index, address] of others.entries()) book.observe(`other/${index}`, [address]);
          const first = decideAddresses(subject, built, book);
          book.reserve(subject.key, first.addresses);
          const second = decideAddresses(subject, built, book);
          expect([second.addresses, lossesOf(second)]).toEqual([first.addresses, lossesOf(first)]);
          // What was reserved at the beginning may have been taken from a pool that is full with it.
          expect(decideAddresses(subject, built, book)).toEqual(second);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("any history of Services, restarts and growing pools", () => {
  test("never moves an address and never gives one twice", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        run(steps, (cluster) => {
          const before = new Map([...cluster.alive].map(([key, { status }]) => [key, texts(status)]));
          cluster.serve();
          for (const [key, { status }] of cluster.alive) {
            expect(texts(status).slice(0, before.get(key)?.length ?? 0)).toEqual(before.get(key));
          }
          expect(conflictsIn(cluster)).toEqual([]);
        });
      }),
    );
  });

  test("gives a second pass nothing to do", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const cluster = run(steps, (one) => one.serve());
        const before = [...cluster.alive].map(([key, { status }]) => [key, texts(status)]);
        cluster.serve();
        cluster.restart();
        cluster.serve();
        expect([...cluster.alive].map(([key, { status }]) => [key, texts(status)])).toEqual(before);
      }),
    );
  });

  test("gives the same addresses whatever the order in which the Services are listed", () => {
    const services = fc.array(fc.tuple(anyKind, anyWish), { maxLength: 12 });
    fc.assert(
      fc.property(services, fc.infiniteStream(fc.nat()), (kinds, chance) => {
        const waiting = kinds.map(([kind, wish], index) => ({
          subject: subjectOf(`shop/${index}`, kind, wishes[wish]),
          createdAt: `2026-11-22T00:00:0${index % 3}Z`,
        }));
        const built = builtOf([
          poolOf("a", ["192.0.2.0/30", "2001:db8::/126"]),
          poolOf("b", ["198.51.100.0/31"]),
        ]);
        const outcomeOf = (list: readonly WaitingService[]): readonly unknown[] => {
          const book = new AddressBook();
          for (const { subject } of list)
            book.observe(subject.key, [], { sharing: subject.sharing, isForeign: false });
          serveWaiting(list, built, book);
          return waiting.map(({ subject }) => texts(book.reservedFor(subject.key)));
        };
        const drawn = waiting.map((one) => ({ one, by: Number(chance.next().value) }));
        const shuffled = drawn.sort((a, b) => a.by - b.by).map(({ one }) => one);
        expect(outcomeOf(shuffled)).toEqual(outcomeOf(waiting));
      }),
    );
  });

  test("lets nobody wait while a younger Service of the same wishes is served", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        run(steps, (cluster) => {
          const emptyBefore = new Set(
            [...cluster.alive].filter(([, one]) => one.status.length === 0).map(([key]) => key),
          );
          cluster.serve();
          const byAge = [...cluster.alive].filter(([key]) => emptyBefore.has(key));
          for (const wish of new Set(byAge.map(([, { waiting }]) => wishOf(waiting)))) {
            const peers = byAge.filter(([, { waiting }]) => wishOf(waiting) === wish);
            const served = peers.map(([, { status }]) => status.length > 0);
            // Oldest first: once one is left without, all younger ones are.
            expect(served).toEqual([...served].sort((a, b) => Number(b) - Number(a)));
          }
        });
      }),
    );
  });
});

/** Of two that somebody wrote into one status, which one is the surplus depends on what is decided by then. */
function lossesOf({ lost }: AddressDecision): readonly string[] {
  return [...texts(lost.map(({ address }) => address))].sort();
}

/** What two Services both have and do not share. */
function conflictsIn({ alive }: Cluster): readonly string[] {
  const all = [...alive.values()].flatMap(({ waiting, status }) =>
    texts(status).map((address) => ({ address, subject: waiting.subject })),
  );
  return all.flatMap((a, index) =>
    all
      .slice(index + 1)
      .filter(
        (b) => a.address === b.address && whyNotShare(a.subject.sharing, b.subject.sharing) !== undefined,
      )
      .map((b) => `${a.address}: ${a.subject.key} and ${b.subject.key}`),
  );
}

function wishOf({ subject }: WaitingService): string {
  const { wanted, request, sharing, remembered } = subject;
  const family = wanted.want === "one" ? `one ${wanted.family}` : wanted.want;
  return JSON.stringify([family, request.asks, sharing, remembered.length]);
}
