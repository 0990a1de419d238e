import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { type IpAddress, type IpFamily, type IpRange } from "@steelyard/model/address";
import { Vacancies } from "./vacancies.ts";

/** Six ranges of four addresses each, in no order, of both families. */
const ranges = [40, 0, 20, 60, 30, 10].map((first, index): IpRange => ({
  family: index === 4 ? "IPv6" : "IPv4",
  first: BigInt(first),
  last: BigInt(first + 3),
}));

test("finds what a search through all ranges finds, under any history of taking and freeing", () => {
  const step = fc.record({
    take: fc.boolean(),
    family: fc.constantFrom<IpFamily>("IPv4", "IPv6"),
    place: fc.nat(5),
    at: fc.nat(3),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: "max" }), (steps) => {
      const pool = { ranges };
      const vacancies = new Vacancies({ longestLog: 3 });
      const taken = new Set<string>();
      const textOf = ({ family, value }: IpAddress): string => `${family}#${value}`;
      const lookIn = ({ family, first, last }: IpRange): IpAddress | undefined => {
        for (let value = first; value <= last; value++)
          if (!taken.has(textOf({ family, value }))) return { family, value };
        return undefined;
      };
      for (const { take, family, place, at } of steps) {
        const found = vacancies.find(pool, family, lookIn);
        const expected = ranges.filter((range) => range.family === family).map(lookIn);
        expect(found).toEqual(expected.find((address) => address !== undefined));
        if (take && found !== undefined) taken.add(textOf(found));
        const range = ranges[place];
        const freed = range && { family: range.family, value: range.first + BigInt(at) };
        if (!take && freed !== undefined && taken.delete(textOf(freed))) vacancies.noteFreed(freed);
      }
    }),
  );
});

test("does not ask a full range twice", () => {
  const pool = { ranges: ranges.filter(({ family }) => family === "IPv4") };
  const vacancies = new Vacancies();
  const asked: bigint[] = [];
  const isFull = (range: IpRange): undefined => void asked.push(range.first);
  vacancies.find(pool, "IPv4", isFull);
  vacancies.find(pool, "IPv4", isFull);
  expect(asked).toEqual([40n, 0n, 20n, 60n, 10n]);
  vacancies.noteFreed({ family: "IPv4", value: 21n });
  vacancies.find(pool, "IPv4", isFull);
  expect(asked).toEqual([40n, 0n, 20n, 60n, 10n, 20n]);
});
