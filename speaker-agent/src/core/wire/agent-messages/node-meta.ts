/** How the meta of an agent of ours begins, in the table of members; that of MetalLB's speakers does not. */
const PREFIX = "steelyard/1 ";
/** Digits of a time in milliseconds until the year 2286, and some. */
const MOST_DIGITS = 15;

/** What an agent says of itself in the table of members. */
export interface NodeMeta {
  /** When it started, in milliseconds of its wall clock. */
  readonly startedAt: number;
}

export function encodeNodeMeta({ startedAt }: NodeMeta): Uint8Array {
  return Uint8Array.from(`${PREFIX}${Math.max(0, Math.floor(startedAt))}`, (character) =>
    character.charCodeAt(0),
  );
}

/** Undefined = not an agent of ours. What follows the number behind a space is a newer agent's addition. */
export function decodeNodeMeta(meta: Uint8Array): NodeMeta | undefined {
  const text = String.fromCharCode(...meta.subarray(0, PREFIX.length + MOST_DIGITS + 1));
  if (!text.startsWith(PREFIX)) return undefined;
  const [digits = ""] = text.slice(PREFIX.length).split(" ");
  // An agent whose number cannot be read is one all the same, of unknown age.
  return { startedAt: /^[0-9]{1,15}$/.test(digits) ? Number(digits) : 0 };
}
