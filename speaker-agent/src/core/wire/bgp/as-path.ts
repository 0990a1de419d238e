import { ByteReader, ByteWriter } from "@steelyard/model/foundation";
import { AS_TRANS } from "./open.ts";

const AS_SET = 1;
const AS_SEQUENCE = 2;
const AS_CONFED_SEQUENCE = 3;
const AS_CONFED_SET = 4;
const LONGEST_SEGMENT = 255;

/** What counts as one step of a path: one AS number, or all those of a set. Steps inside a confederation count as none. */
export type AsPathStep = readonly number[];

/**
 * Segments of type 1, count 1 and numbers. Undefined when malformed as RFC 7606, section 7.2, has it, or with an AS 0 in it
 * (RFC 7607).
 */
export function decodeAsPath(value: Uint8Array, asnBytes: 2 | 4): readonly AsPathStep[] | undefined {
  const reader = new ByteReader(value);
  const steps: AsPathStep[] = [];
  while (reader.remaining > 0) {
    const type = reader.u8() ?? 0;
    const count = reader.u8() ?? 0;
    const numbers = reader.reader(count * asnBytes);
    if (numbers === undefined || count === 0 || type < AS_SET || type > AS_CONFED_SET) return undefined;
    const asns = readAsns(numbers, asnBytes);
    if (asns.includes(0)) return undefined;
    if (type === AS_SEQUENCE) for (const asn of asns) steps.push([asn]);
    else if (type === AS_SET) steps.push(asns);
    else if (type === AS_CONFED_SEQUENCE || type === AS_CONFED_SET) continue;
  }
  return steps;
}

/**
 * The true path out of that of two-byte numbers and that of four-byte ones which an old speaker has passed on (RFC 6793,
 * section 4.2.3).
 */
export function mergedAsPath(
  path: readonly AsPathStep[],
  as4Path: readonly AsPathStep[],
): readonly AsPathStep[] {
  if (path.length < as4Path.length) return path;
  return [...path.slice(0, path.length - as4Path.length), ...as4Path];
}

/** As AS_SEQUENCE, of several segments when it is longer than one can be. */
export function encodeAsPath(asns: readonly number[], asnBytes: 2 | 4): Uint8Array {
  const writer = new ByteWriter();
  for (let start = 0; start < asns.length; start += LONGEST_SEGMENT) {
    const segment = asns.slice(start, start + LONGEST_SEGMENT);
    writer.u8(AS_SEQUENCE).u8(segment.length);
    for (const asn of segment) writeAsn(writer, asn, asnBytes);
  }
  return writer.toBytes();
}

/** Whether two-byte numbers cannot say it, so that AS4_PATH has to. */
export function needsAs4Path(asns: readonly number[]): boolean {
  return asns.some((asn) => asn > 0xffff);
}

function readAsns(reader: ByteReader, asnBytes: 2 | 4): readonly number[] {
  const asns: number[] = [];
  while (reader.remaining > 0) asns.push((asnBytes === 2 ? reader.u16() : reader.u32()) ?? 0);
  return asns;
}

function writeAsn(writer: ByteWriter, asn: number, asnBytes: 2 | 4): void {
  if (asnBytes === 4) writer.u32(asn);
  else writer.u16(asn > 0xffff ? AS_TRANS : asn);
}
