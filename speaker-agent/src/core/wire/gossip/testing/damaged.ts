import fc from "fast-check";

/** One of the samples, cut short and with some bytes changed: gets much further into a decoder than noise does. */
export function damaged(samples: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(fc.nat(120), fc.nat(255));
  return fc
    .tuple(fc.constantFrom(...samples), fc.array(change, { maxLength: 6 }), fc.nat(250))
    .map(([sample, changes, length]) => {
      const bytes = sample.slice(0, length);
      for (const [offset, value] of changes) if (offset < bytes.length) bytes[offset] = value;
      return bytes;
    });
}
