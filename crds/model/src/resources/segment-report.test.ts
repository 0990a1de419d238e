import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  emptySegmentReport,
  formatSegmentReport,
  readSegmentReport,
  SEGMENT_ANNOTATION,
  type SegmentReport,
} from "./segment-report.ts";

const read = (text: string) => readSegmentReport({ annotations: { [SEGMENT_ANNOTATION]: text } });

const report: SegmentReport = {
  held: { "192.168.7.41": { mac: "aa:bb:cc:dd:ee:01", since: "2026-11-30T10:00:00Z" } },
  defended: { "192.168.7.42": { mac: "aa:bb:cc:dd:ee:02" } },
  checks: { "192.168.7.43": { verdict: "TwoAnswer", macs: ["aa:bb:cc:dd:ee:03", "aa:bb:cc:dd:ee:04"] } },
  suspended: ["192.168.7.44"],
  unannounceable: { "192.168.7.45": "has no usable interface" },
};

test("what is written is read", () => {
  expect(read(formatSegmentReport(report) ?? "")).toEqual(report);
});

test("equal reports are equal texts, in whatever order they were made", () => {
  const held = { "192.168.7.50": { mac: "b" }, "192.168.7.5": { mac: "a" } };
  const turned = Object.fromEntries(Object.entries(held).reverse());
  const [one, other] = [held, turned].map((each) => ({
    ...report,
    held: each,
    suspended: Object.keys(each),
  }));
  expect(one && formatSegmentReport(one)).toBe(other && formatSegmentReport(other));
});

test("nothing to report is no annotation", () => {
  expect(formatSegmentReport(emptySegmentReport)).toBeUndefined();
  expect(readSegmentReport({})).toEqual(emptySegmentReport);
});

describe("what cannot be read counts as not said", () => {
  test.each([
    ["", {}],
    ["[1]", {}],
    [
      '{"held":{"192.168.7.41":{"mac":7},"192.168.7.42":{"mac":"aa:bb:cc:dd:ee:01"},"192.168.7.43":{"mac":"me"}}}',
      { held: { "192.168.7.42": { mac: "aa:bb:cc:dd:ee:01" } } },
    ],
    ['{"checks":{"192.168.7.41":{"verdict":"Fine"}}}', {}],
    ['{"suspended":["192.168.7.41",7],"later":true}', { suspended: ["192.168.7.41"] }],
  ])("%s", (text, said) => {
    expect(read(text)).toEqual({ ...emptySegmentReport, ...said });
  });

  test("reading never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const again = read(text);
        expect(read(formatSegmentReport(again) ?? "")).toEqual(again);
      }),
    );
  });
});

test("what is written at length is read in brief: it goes into conditions, which have a limit", () => {
  const macs = Array.from(
    { length: 300 },
    (_, index) => `aa:bb:cc:dd:ee:${String(index % 90).padStart(2, "0")}`,
  );
  const checks = { "192.168.7.41": { verdict: "TwoAnswer", macs: [...macs, "x".repeat(9_000)] } };
  const unannounceable = { "192.168.7.42": "x".repeat(90_000) };
  expect(JSON.stringify(read(JSON.stringify({ checks, unannounceable }))).length).toBeLessThan(1_000);
});

test("a whole cluster in trouble fits into an annotation", () => {
  const addresses = Array.from(
    { length: 10_000 },
    (_, index) => `2001:db8:aaaa:bbbb:cccc:dddd:eeee:${index}`,
  );
  const each = <T>(value: T) => Object.fromEntries(addresses.map((address) => [address, value]));
  const claim = { mac: "aa:bb:cc:dd:ee:01", since: "2026-11-30T10:00:00Z" };
  const everything: SegmentReport = {
    held: each(claim),
    defended: each(claim),
    checks: each({ verdict: "TwoAnswer" as const, macs: [claim.mac, claim.mac] }),
    suspended: addresses,
    unannounceable: each("x".repeat(1_000)),
  };
  const text = formatSegmentReport(everything) ?? "";
  expect(text.length).toBeLessThan(250_000);
  expect(Object.keys(read(text).held)).toHaveLength(300);
});
