import { decodeEthernet } from "../../core/wire/ethernet.ts";
import { formatMac, isGroupMac } from "../../core/wire/mac-address.ts";

/** One end of a cable that is plugged into a segment. */
export interface SegmentPort {
  /** Groups whose frames a snooping switch forwards to this port, as texts such as `33:33:ff:00:00:10`. */
  readonly groups: ReadonlySet<string>;
  receive(frame: Uint8Array): void;
}

/** 33:33:ff and three bytes: frames to solicited-node groups, the only ones a snooping switch holds back. */
const SOLICITED_NODE_MACS = "33:33:ff:";

/**
 * A simulated Ethernet segment: what one port sends, all others receive, in order, shortly afterwards but never within
 * the call that sends. With `snooping` it is a switch with MLD snooping, which forwards frames to a solicited-node
 * group only to ports that have joined it.
 */
export class MemorySegment {
  readonly #snooping: boolean;
  readonly #ports = new Set<SegmentPort>();
  readonly #waiting: { readonly from: SegmentPort; readonly frame: Uint8Array }[] = [];
  readonly #traffic: Uint8Array[] = [];
  #scheduled = false;

  constructor(options: { readonly snooping?: boolean } = {}) {
    this.#snooping = options.snooping ?? false;
  }

  /** Every frame that was ever sent, in order: what a capture on the segment shows. */
  get traffic(): readonly Uint8Array[] {
    return this.#traffic;
  }

  /** Plugs a port in; the returned function pulls it. */
  attach(port: SegmentPort): () => void {
    this.#ports.add(port);
    return () => void this.#ports.delete(port);
  }

  /** The segment keeps a copy: the sender may use its memory again at once. */
  transmit(from: SegmentPort, frame: Uint8Array): void {
    const copy = frame.slice();
    this.#traffic.push(copy);
    this.#waiting.push({ from, frame: copy });
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#deliver());
  }

  #deliver(): void {
    this.#scheduled = false;
    for (const { from, frame } of this.#waiting.splice(0)) {
      for (const port of [...this.#ports]) {
        if (port !== from && this.#isForwarded(frame, port)) port.receive(frame);
      }
    }
  }

  #isForwarded(frame: Uint8Array, port: SegmentPort): boolean {
    const decoded = decodeEthernet(frame);
    if (!this.#snooping || !decoded.ok || !isGroupMac(decoded.value.destination)) return true;
    const group = formatMac(decoded.value.destination);
    return !group.startsWith(SOLICITED_NODE_MACS) || port.groups.has(group);
  }
}
