import { type World } from "./world.ts";

/** Watches, for each address, for how long nobody or more than one answered. */
export class Outages {
  readonly #world: World;
  readonly #addresses: readonly string[];
  readonly #since = new Map<string, { readonly how: "nobody" | "several"; readonly at: number }>();
  /** The longest so far, by address. */
  readonly nobody = new Map<string, number>();
  readonly several = new Map<string, number>();
  /** Who answered last. */
  readonly owners = new Map<string, string>();
  /** Every change of who answers alone. */
  readonly changes: {
    readonly at: number;
    readonly address: string;
    readonly from: string;
    readonly to: string;
  }[] = [];

  constructor(world: World, addresses: readonly string[]) {
    this.#world = world;
    this.#addresses = addresses;
    world.observe = () => {
      this.#look();
    };
    this.#look();
  }

  /** Forgets what has been; what lasts counts from now. */
  reset(): void {
    this.#since.clear();
    this.nobody.clear();
    this.several.clear();
    this.changes.length = 0;
    this.#look();
  }

  /** The longest time that any address was without an answer, in milliseconds, up to now. */
  longest(how: "nobody" | "several"): number {
    this.#look();
    for (const [address, { how: which, at }] of this.#since) this.#note(address, which, at);
    return Math.max(0, ...(how === "nobody" ? this.nobody : this.several).values());
  }

  #look(): void {
    for (const address of this.#addresses) {
      const answering = this.#world.answering(address);
      const [first] = answering;
      if (answering.length === 1 && first !== undefined) this.#owned(address, first);
      const how = answering.length === 1 ? undefined : answering.length === 0 ? "nobody" : "several";
      const before = this.#since.get(address);
      if (before?.how === how) continue;
      if (before !== undefined) this.#note(address, before.how, before.at);
      if (how === undefined) this.#since.delete(address);
      else this.#since.set(address, { how, at: this.#world.now });
    }
  }

  #owned(address: string, owner: string): void {
    const from = this.owners.get(address);
    if (from === owner) return;
    this.owners.set(address, owner);
    if (from !== undefined) this.changes.push({ at: this.#world.now, address, from, to: owner });
  }

  #note(address: string, how: "nobody" | "several", at: number): void {
    const longest = how === "nobody" ? this.nobody : this.several;
    longest.set(address, Math.max(longest.get(address) ?? 0, this.#world.now - at));
  }
}
