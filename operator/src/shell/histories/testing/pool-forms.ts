import { type IpAddressPoolResource } from "@steelyard/model/resources";

type PoolSpec = Partial<IpAddressPoolResource["spec"]>;

/** The pools that stand in the place of one pool, by name. */
export type PoolForm = Readonly<Record<string, PoolSpec>>;

const [four, six] = ["192.0.2.0-192.0.2.2", "2001:db8::-2001:db8::2"];
/** Of pool b, as pool a may claim it. */
export const overlapping = "198.51.100.1/32";
const gold = { matchLabels: { tier: "gold" } };

/** What can become of pool a. */
export const formsOfA = {
  whole: { a: { addresses: [four, six] } },
  wide: { a: { addresses: ["192.0.2.0-192.0.2.6", "2001:db8::-2001:db8::6"] } },
  narrow: { a: { addresses: ["192.0.2.0/31", "2001:db8::/127"] } },
  "only v4": { a: { addresses: [four] } },
  "without buggy addresses": { a: { addresses: [four, six], avoidBuggyIPs: true } },
  "by request only": { a: { addresses: [four, six], autoAssign: false } },
  "for the gold": {
    a: { addresses: [four, six], serviceAllocation: { priority: 10, serviceSelectors: [gold] } },
  },
  "for namespace other": {
    a: { addresses: [four, six], serviceAllocation: { priority: 0, namespaces: ["other"] } },
  },
  broken: { a: { addresses: [four, "nonsense"] } },
  "over pool b": { a: { addresses: [four, six, overlapping] } },
  split: {
    a1: { addresses: ["192.0.2.0/31", "2001:db8::/127"] },
    a2: { addresses: ["192.0.2.2/32", "2001:db8::2/128"] },
  },
  "split by family": { a1: { addresses: [four] }, a2: { addresses: [six] } },
  renamed: { z: { addresses: [four, six] } },
  gone: {},
} as const satisfies Readonly<Record<string, PoolForm>>;

const b = { addresses: ["198.51.100.0/31", "2001:db8:6::/127"] };

export const formsOfB = {
  plain: { b },
  first: { b: { ...b, serviceAllocation: { priority: 5 } } },
  "by request only": { b: { ...b, autoAssign: false } },
  "for the gold": { b: { ...b, serviceAllocation: { priority: 20, serviceSelectors: [gold] } } },
  broken: { b: { addresses: [] } },
  gone: {},
} as const satisfies Readonly<Record<string, PoolForm>>;

/** The forms without a fault: with these it can be told from outside what is in force. */
export const soundFormsOfA = keysOf(formsOfA).filter((name) => name !== "broken" && name !== "over pool b");
export const soundFormsOfB = keysOf(formsOfB).filter((name) => name !== "broken");

export function keysOf<T extends object>(table: T): (keyof T & string)[] {
  return Object.keys(table) as (keyof T & string)[];
}
