import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type IpAddress } from "@steelyard/model/address";
import { builtOf, ip, poolOf, texts } from "../testing/pools.ts";
import { AddressBook } from "./address-book.ts";
import { type AddressSubject, decideAddresses } from "./decide-addresses.ts";
import { serveWaiting, type WaitingService } from "./serve-waiting.ts";
import { wantedFamilies } from "./wanted-families.ts";

/** A cluster in miniature: which Services exist since when, and what their statuses show. */
class Cluster {
  readonly alive = new Map<string, { waiting: WaitingService; status: readonly IpAddress[] }>();
  book = new AddressBook();
  built = builtOf([]);
  #age = 0;

  create(name: string, subject: AddressSubject): void {
    const createdAt = `2026-11-22T00:00:${String(this.#age++).padStart(6, "0")}Z`;
    this.alive.set(name, { waiting: { subject, createdAt }, status: [] });
  }

  remove(name: string): void {
    this.alive.delete(name);
    this.book.forget(name);
  }

  /** The operator forgets everything; only the statuses remain. */
  restart(): void {
    this.book = new AddressBook();
    for (const [key, { status }] of this.alive) this.book.observe(key, status);
  }

  serve(): void {
    serveWaiting(
      [...this.alive.values()].map(({ waiting }) => waiting),
      this.built,
      this.book,
    );
    for (const [key, service] of this.alive) {
      service.status = this.book.reservedFor(key);
      this.book.observe(key, service.status);
    }
  }
}

const subjects = {
  v4: { clusterFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" },
  v6: { clusterFamilies: ["IPv6"], ipFamilyPolicy: "SingleStack" },
  prefer: { clusterFamilies: ["IPv4", "IPv6"], ipFamilyPolicy: "PreferDualStack" },
  require: { clusterFamilies: ["IPv6", "IPv4"], ipFamilyPolicy: "RequireDualStack" },
} as const;

function subjectOf(key: string, kind: keyof typeof subjects): AddressSubject {
  const facts = subjects[kind];
  const servedFamilies = facts.clusterFamilies;
  const applicant = { namespace: "shop", labels: {} };
  return { key, applicant, wanted: wantedFamilies(facts), servedFamilies, request: undefined };
}

type Step =
  | { readonly do: "create"; readonly name: number; readonly kind: keyof typeof subjects }
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
      kind: fc.constantFrom("v4", "v6", "prefer", "require"),
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
      cluster.create(`shop/${one.name}`, subjectOf(`shop/${one.name}`, one.kind));
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
  const kind = fc.constantFrom<keyof typeof subjects>("v4", "v6", "prefer", "require");

  test("that is reserved is the decision again: two looks never give and free in turn", () => {
    const refused = fc.constantFrom<readonly string[]>([], ["broken"]);
    fc.assert(
      fc.property(
        kind,
        some,
        some,
        some,
        fc.subarray(pools),
        refused,
        (kind, observed, reserved, others, inForce, names) => {
          const subject = subjectOf("shop/web", kind);
          const built = builtOf(inForce, { refusedPools: new Set(names) });
          const book = new AddressBook();
          book.observe(subject.key, observed);
          book.reserve(subject.key, reserved);
          for (const [index, address] of others.entries()) book.observe(`other/${index}`, [address]);
          const first = decideAddresses(subject, built, book);
          book.reserve(subject.key, first.addresses);
          expect(decideAddresses(subject, built, book)).toEqual(first);
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
          const given = [...cluster.alive.values()].flatMap(({ status }) => texts(status));
          expect(new Set(given).size).toBe(given.length);
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
    const services = fc.array(fc.constantFrom("v4", "v6", "prefer", "require"), { maxLength: 12 });
    fc.assert(
      fc.property(services, fc.infiniteStream(fc.nat()), (kinds, chance) => {
        const waiting = kinds.map((kind, index) => ({
          subject: subjectOf(`shop/${index}`, kind),
          createdAt: `2026-11-22T00:00:0${index % 3}Z`,
        }));
        const built = builtOf([
          poolOf("a", ["192.0.2.0/30", "2001:db8::/126"]),
          poolOf("b", ["198.51.100.0/31"]),
        ]);
        const outcomeOf = (list: readonly WaitingService[]): readonly unknown[] => {
          const book = new AddressBook();
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
          for (const wanted of ["one IPv4", "one IPv6", "both", "both-if-possible"]) {
            const peers = byAge.filter(([, { waiting }]) => wishOf(waiting) === wanted);
            const served = peers.map(([, { status }]) => status.length > 0);
            // Oldest first: once one is left without, all younger ones are.
            expect(served).toEqual([...served].sort((a, b) => Number(b) - Number(a)));
          }
        });
      }),
    );
  });
});

function wishOf({ subject: { wanted } }: WaitingService): string {
  return wanted.want === "one" ? `one ${wanted.family}` : wanted.want;
}
