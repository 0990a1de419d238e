/**
 * Memory into which the addon receives one batch of datagrams. Several sockets of a thread may share one: a batch is
 * received and handed on in one synchronous call, so no two are ever there at the same time.
 */
export class BatchMemory {
  readonly slab: Uint8Array;
  readonly lengths: Uint32Array;
  readonly #slotBytes: number;
  readonly #views: Uint8Array[];

  constructor(slots: number, slotBytes: number) {
    this.slab = new Uint8Array(slots * slotBytes);
    this.lengths = new Uint32Array(slots);
    this.#slotBytes = slotBytes;
    this.#views = Array.from({ length: slots }, () => this.slab.subarray(0, 0));
  }

  /** The datagrams of a batch of `count`, valid until the next one; those the addon marked as not for us are left out. */
  datagrams(count: number): Uint8Array[] {
    const datagrams: Uint8Array[] = [];
    for (let slot = 0; slot < count; slot++) {
      const length = Math.min(this.lengths[slot] ?? 0, this.#slotBytes);
      if (length > 0) datagrams.push(this.#view(slot, length));
    }
    return datagrams;
  }

  /** Most frames on a segment have the same length, so the view of the last batch nearly always fits again. */
  #view(slot: number, length: number): Uint8Array {
    const last = this.#views[slot];
    if (last?.length === length) return last;
    const start = slot * this.#slotBytes;
    const view = this.slab.subarray(start, start + length);
    this.#views[slot] = view;
    return view;
  }
}
