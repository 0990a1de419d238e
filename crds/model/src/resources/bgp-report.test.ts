import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  BGP_ANNOTATION,
  type BgpReport,
  emptyBgpReport,
  formatBgpReport,
  isPartOfBgpReport,
  readBgpReport,
} from "./bgp-report.ts";

const read = (text: string) => readBgpReport({ annotations: { [BGP_ANNOTATION]: text } });

const report: BgpReport = {
  down: {
    "tor-1": { router: "192.0.2.1", since: "2026-11-30T10:00:00Z", because: "connection refused" },
    "tor-2": { router: "interface eth1" },
  },
  withheld: { "tor-3": { router: "192.0.2.3", families: { IPv6: "the router did not offer IPv6" } } },
};

test("what is written is read", () => {
  expect(read(formatBgpReport(report) ?? "")).toEqual(report);
});

test("equal reports are equal texts, in whatever order they were made", () => {
  const down = Object.fromEntries(Object.entries(report.down).reverse());
  expect(formatBgpReport({ ...report, down })).toBe(formatBgpReport(report));
});

test("nothing to report is no annotation", () => {
  expect(formatBgpReport(emptyBgpReport)).toBeUndefined();
  expect(readBgpReport({})).toEqual(emptyBgpReport);
});

test("a sentence of any length leaves room for the others", () => {
  const down = { "tor-1": { router: "192.0.2.1", because: "x".repeat(100_000) } };
  expect(formatBgpReport({ down, withheld: {} })?.length).toBeLessThan(400);
});

describe("what cannot be read counts as not said", () => {
  test.each([
    ["", {}],
    ["[1]", {}],
    [
      '{"down":{"a":{"router":7},"b":{"router":"192.0.2.1","since":7}}}',
      { down: { b: { router: "192.0.2.1" } } },
    ],
    ['{"withheld":{"a":{"router":"192.0.2.1","families":{"IPX":"no"}}}}', {}],
  ])("%s", (text, said) => {
    expect(read(text)).toEqual({ ...emptyBgpReport, ...said });
  });

  test("reading never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const again = read(text);
        expect(read(formatBgpReport(again) ?? "")).toEqual(again);
      }),
    );
  });
});

test("a report is part of one that says all of it in the same words", () => {
  const { "tor-1": one } = report.down;
  const part = { ...emptyBgpReport, down: { "tor-1": { ...one, router: one?.router ?? "" } } };
  expect([isPartOfBgpReport(part, report), isPartOfBgpReport(emptyBgpReport, report)]).toEqual([true, true]);
  expect(isPartOfBgpReport(report, part)).toBe(false);
  const reworded = { ...part, down: { "tor-1": { router: "192.0.2.1", because: "it hung up" } } };
  expect(isPartOfBgpReport(reworded, report)).toBe(false);
});
