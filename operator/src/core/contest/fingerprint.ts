/**
 * A short number in place of a long text that is only ever compared: FNV-1a of 32 bits (Fowler, Noll and Vo). Two texts
 * with the same number by chance would hide one rewrite of one Service, which the next one brings to light.
 */
export function fingerprint(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
