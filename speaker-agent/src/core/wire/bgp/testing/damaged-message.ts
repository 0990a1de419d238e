import fc from "fast-check";

const HEADER_LENGTH = 19;

/**
 * One of the samples with bytes of its body changed, put in or taken away. The header's length is put right again, so that the
 * damage gets past it; now and then the header is damaged too.
 */
export function damagedMessage(samples: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const place = fc.nat(300);
  const edit = fc.oneof(
    fc.record({ kind: fc.constant("set" as const), place, value: fc.nat(255) }),
    // Lengths, flags and codes are small, or are powers of two.
    fc.record({
      kind: fc.constant("set" as const),
      place,
      value: fc.constantFrom(0, 1, 2, 4, 16, 0x40, 0x80, 255),
    }),
    fc.record({ kind: fc.constant("insert" as const), place, value: fc.nat(255) }),
    fc.record({ kind: fc.constant("remove" as const), place, value: fc.nat(40) }),
  );
  const header = fc.option(fc.tuple(fc.nat(HEADER_LENGTH - 1), fc.nat(255)), { freq: 9, nil: undefined });
  return fc
    .tuple(fc.constantFrom(...samples), fc.array(edit, { minLength: 1, maxLength: 5 }), header)
    .map(([sample, edits, headerEdit]) => {
      const body = [...sample.subarray(HEADER_LENGTH)];
      for (const { kind, place: at, value } of edits) {
        const offset = body.length === 0 ? 0 : at % (body.length + 1);
        if (kind === "set" && offset < body.length) body[offset] = value;
        else if (kind === "insert") body.splice(offset, 0, value);
        else if (kind === "remove") body.splice(offset, value);
      }
      const bytes = Uint8Array.of(...sample.subarray(0, HEADER_LENGTH), ...body);
      bytes.set([bytes.length >> 8, bytes.length & 0xff], 16);
      if (headerEdit !== undefined) bytes[headerEdit[0]] = headerEdit[1];
      return bytes;
    });
}
