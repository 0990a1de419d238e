import { type Link } from "../../core/interfaces/link.ts";
import { decodeEthernet } from "../../core/wire/ethernet.ts";
import { type PacketType } from "../../core/wire/filter/run-filter.ts";
import { isGroupMac, sameMac } from "../../core/wire/mac-address.ts";
import { type MemorySegment, type SegmentPort } from "./memory-segment.ts";

interface PluggedLink {
  readonly link: Link;
  readonly port: SegmentPort & { readonly groups: Set<string> };
  readonly segment: MemorySegment | undefined;
  readonly unplug: () => void;
}

/** A frame as it arrives at an interface, with the kernel's opinion of whom it is for. */
export interface ArrivedFrame {
  readonly interfaceIndex: number;
  readonly bytes: Uint8Array;
  readonly packetType: PacketType;
}

/** The interfaces of a simulated host, and the cables from them to segments. The three memory adapters look at it. */
export class MemoryLinks {
  readonly #plugged = new Map<number, PluggedLink>();
  readonly #changeHandlers = new Set<(before: Link | undefined, after: Link | undefined) => void>();
  readonly #frameHandlers = new Set<(frame: ArrivedFrame) => void>();

  /** Sorted by index, as rtnetlink tells it. */
  get table(): readonly Link[] {
    return [...this.#plugged.values()]
      .map(({ link }) => link)
      .sort((left, right) => left.index - right.index);
  }

  add(link: Link, segment?: MemorySegment): void {
    if (this.#plugged.has(link.index))
      throw new Error(`there is an interface with index ${link.index} already`);
    const groups = new Set<string>();
    const port = { groups, receive: (frame: Uint8Array) => this.#arrive(link.index, frame) };
    this.#plugged.set(link.index, {
      link,
      port,
      segment,
      unplug: segment?.attach(port) ?? (() => undefined),
    });
    this.#changed(undefined, link);
  }

  change(index: number, changes: Partial<Omit<Link, "index">>): void {
    const plugged = this.#plugged.get(index);
    if (plugged === undefined) throw new Error(`there is no interface with index ${index}`);
    const link = { ...plugged.link, ...changes };
    this.#plugged.set(index, { ...plugged, link });
    this.#changed(plugged.link, link);
  }

  remove(index: number): void {
    const plugged = this.#plugged.get(index);
    if (plugged === undefined) return;
    plugged.unplug();
    this.#plugged.delete(index);
    this.#changed(plugged.link, undefined);
  }

  find(index: number): Link | undefined {
    return this.#plugged.get(index)?.link;
  }

  /** The group MACs that reach this interface through a snooping switch; undefined when there is no such interface. */
  groupsOf(index: number): Set<string> | undefined {
    return this.#plugged.get(index)?.port.groups;
  }

  transmit(index: number, frame: Uint8Array): void {
    const plugged = this.#plugged.get(index);
    plugged?.segment?.transmit(plugged.port, frame);
  }

  /** The returned function ends the subscription. */
  onChange(handler: (before: Link | undefined, after: Link | undefined) => void): () => void {
    this.#changeHandlers.add(handler);
    return () => void this.#changeHandlers.delete(handler);
  }

  onFrame(handler: (frame: ArrivedFrame) => void): () => void {
    this.#frameHandlers.add(handler);
    return () => void this.#frameHandlers.delete(handler);
  }

  #changed(before: Link | undefined, after: Link | undefined): void {
    for (const handler of [...this.#changeHandlers]) handler(before, after);
  }

  #arrive(interfaceIndex: number, bytes: Uint8Array): void {
    const link = this.find(interfaceIndex);
    if (link?.running !== true) return;
    const frame = { interfaceIndex, bytes, packetType: packetTypeOf(bytes, link) };
    for (const handler of [...this.#frameHandlers]) handler(frame);
  }
}

/** As eth_type_trans in the kernel; a VLAN that has no interface here counts as another host. */
function packetTypeOf(bytes: Uint8Array, link: Link): PacketType {
  const decoded = decodeEthernet(bytes);
  if (!decoded.ok) return "other-host";
  const { destination } = decoded.value;
  if (!isGroupMac(destination)) return sameMac(destination, link.mac) ? "host" : "other-host";
  return destination.every((byte) => byte === 0xff) ? "broadcast" : "multicast";
}
