import fc from "fast-check";
import { formsOfA, formsOfB, keysOf } from "./pool-forms.ts";
import { families, requests, type ServiceForm, sharings } from "./service-forms.ts";

/** Names of Services: five in namespace shop, two in namespace other. */
export const serviceKeys = ["shop/s0", "shop/s1", "shop/s2", "shop/s3", "shop/s4", "other/s5", "other/s6"];
export const replicaNames = ["x", "y"] as const;
export type ReplicaName = (typeof replicaNames)[number];
export type WatchedKind = "services" | "pools";

/** One thing that happens. What cannot happen as things are does not. */
export type Step =
  | { readonly do: "create"; readonly service: string; readonly form: ServiceForm }
  | { readonly do: "edit"; readonly service: string; readonly change: Partial<ServiceForm> }
  | { readonly do: "delete" | "begin deletion"; readonly service: string }
  /** Somebody writes into the status, or into what belongs to others. */
  | { readonly do: "wipe status" | "decorate"; readonly service: string }
  | { readonly do: "restore status of"; readonly other: string; readonly service: string }
  | { readonly do: "pool a"; readonly form: keyof typeof formsOfA; readonly createsFirst: boolean }
  | { readonly do: "pool b"; readonly form: keyof typeof formsOfB }
  /** What the next writes meet. */
  | { readonly do: "writes meet"; readonly faults: readonly WriteFate[] }
  | { readonly do: "writes land"; readonly count: number }
  | { readonly do: "crash" | "take over" }
  | { readonly do: "crash at write"; readonly after: number; readonly isCarriedOut: boolean }
  /** Watches. */
  | {
      readonly do: "lag" | "hear" | "relist" | "replay";
      readonly replica: ReplicaName;
      readonly kind: WatchedKind;
    }
  | { readonly do: "wait"; readonly millis: number }
  | { readonly do: "rest" };

export type WriteFate = "carried out" | "refused" | "conflict" | "timeout" | "answer lost" | "under way";

const service = fc.constantFrom(...serviceKeys);

/** The first of a list is the plainest: to that a failing history shrinks. */
function variant<T extends object>(table: T): fc.Arbitrary<keyof T & string> {
  return fc.constantFrom(...keysOf(table));
}

function mostly<T extends object>(table: T): fc.Arbitrary<keyof T & string> {
  const [plainest = ""] = keysOf(table);
  const plain = fc.constant(plainest as keyof T & string);
  return fc.oneof({ weight: 1, arbitrary: plain }, { weight: 1, arbitrary: variant(table) });
}

export const serviceForm: fc.Arbitrary<ServiceForm> = fc.record({
  type: fc.oneof(
    { weight: 9, arbitrary: fc.constant("LoadBalancer" as const) },
    { weight: 1, arbitrary: fc.constantFrom("ClusterIP" as const, "of another class" as const) },
  ),
  families: mostly(families),
  asks: mostly(requests),
  shares: mostly(sharings),
  label: fc.constantFrom("plain", "gold"),
});

const change: fc.Arbitrary<Partial<ServiceForm>> = fc.oneof(
  fc.record({ asks: variant(requests) }),
  fc.record({ shares: variant(sharings) }),
  fc.record({ families: variant(families) }),
  fc.record({ type: fc.constantFrom("LoadBalancer" as const, "ClusterIP" as const) }),
  fc.record({ label: fc.constantFrom("plain" as const, "gold" as const) }),
);

const fate = fc.constantFrom<WriteFate>(
  "carried out",
  "timeout",
  "answer lost",
  "conflict",
  "under way",
  "refused",
);

const weighted: readonly { readonly weight: number; readonly arbitrary: fc.Arbitrary<Step> }[] = [
  { weight: 14, arbitrary: fc.record({ do: fc.constant("create"), service, form: serviceForm }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("edit"), service, change }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("delete", "delete", "begin deletion"), service }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("pool a"),
      form: variant(formsOfA),
      createsFirst: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("pool b"), form: variant(formsOfB) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("writes meet"),
      faults: fc.array(fate, { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("writes land"), count: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("take over", "crash") }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("crash at write"),
      after: fc.nat({ max: 3 }),
      isCarriedOut: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom("lag", "hear", "relist", "replay"),
      replica: fc.constantFrom(...replicaNames),
      kind: fc.constantFrom<WatchedKind>("services", "pools"),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("wait"), millis: fc.constantFrom(0, 30, 300, 5_000) }),
  },
  { weight: 3, arbitrary: fc.constant({ do: "rest" }) },
];

const byOthers: readonly { readonly weight: number; readonly arbitrary: fc.Arbitrary<Step> }[] = [
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("wipe status", "decorate"), service }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restore status of"), other: service, service }) },
];

/** Two addresses of each family, and no edit of the pools that would bring everybody's turn anyway. */
const crowded: fc.Arbitrary<readonly Step[]> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant("create"), service, form: serviceForm }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant("delete"), service }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("edit"), service, change }) },
      { weight: 3, arbitrary: fc.constant({ do: "rest" }) },
    ) as fc.Arbitrary<Step>,
    { maxLength: 30, size: "max" },
  )
  .map((steps) => [
    { do: "pool a", form: "narrow", createsFirst: false },
    { do: "pool b", form: "gone" },
    ...steps,
  ]);

/** Any history; in a third of them nobody but users and the operator writes, in another third nothing goes wrong. */
export const anyHistory: fc.Arbitrary<readonly Step[]> = fc.oneof(
  fc.array(fc.oneof(...weighted), { maxLength: 30, size: "max" }),
  fc.array(fc.oneof(...weighted, ...byOthers), { maxLength: 30, size: "max" }),
  crowded,
);
