import { NetworkNamespace } from "./namespace.ts";
import { claimOnce } from "./neighbour-probe.ts";
import { type Attachment, type Segment, withoutDad } from "./segment.ts";

let strangers = 0;

/** A host on the segment that belongs to nobody here: its kernel answers for what it has. */
export class Stranger {
  readonly #namespace: NetworkNamespace;
  readonly #segment: Segment;
  readonly #attachment: Attachment;

  private constructor(namespace: NetworkNamespace, segment: Segment, attachment: Attachment) {
    this.#namespace = namespace;
    this.#segment = segment;
    this.#attachment = attachment;
  }

  /** It comes with addresses (CIDR) of its own, and says so to the segment whenever it gets another. */
  static async arrive(segment: Segment, addresses: readonly string[] = []): Promise<Stranger> {
    strangers += 1;
    const namespace = await NetworkNamespace.create(`stranger${strangers}`);
    return new Stranger(namespace, segment, await segment.attach(namespace, "eth0", addresses));
  }

  get mac(): string {
    return this.#attachment.mac;
  }

  get host(): NetworkNamespace {
    return this.#namespace;
  }

  /** Takes an address (CIDR) as careless hosts do: without asking whether somebody has it. */
  async take(address: string): Promise<void> {
    await this.#namespace.ip("address", "add", address, "dev", "eth0", ...withoutDad(address));
    await claimOnce(this.#namespace, "eth0", address.split("/")[0] ?? "");
  }

  async release(address: string): Promise<void> {
    await this.#namespace.ip("address", "del", address, "dev", "eth0");
  }

  async leave(): Promise<void> {
    await this.#segment.detach(this.#attachment);
    await this.#namespace.delete();
  }
}
