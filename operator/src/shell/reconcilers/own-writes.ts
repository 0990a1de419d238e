/**
 * Remembers which version of an object our last write replaced. Between that write and the moment the watch shows it, our
 * copy is that old version: a plan made from it would write the same again, and be refused as a conflict.
 */
export class OwnWrites {
  readonly #replaced = new Map<string, string>();

  /** A write that made `after` out of `before`; one that changed nothing brings no event, so there is nothing to await. */
  note(key: string, before: string | undefined, after: string | undefined): void {
    if (before !== undefined && after !== undefined && before !== after) this.#replaced.set(key, before);
  }

  /** Whether this copy is older than our own write; the watch brings the newer one, and with it the next look. */
  isOutdated(key: string, version: string | undefined): boolean {
    if (version !== undefined && this.#replaced.get(key) === version) return true;
    this.forget(key);
    return false;
  }

  forget(key: string): void {
    this.#replaced.delete(key);
  }
}
