import { type IpAddress } from "@steelyard/model/address";
import { type Link } from "../../interfaces/link.ts";
import { protocolOf, socketKey } from "./keys.ts";
import { type AnnouncerEffect } from "./types.ts";

type Send = Extract<AnnouncerEffect, { kind: "send" }>;

/** Frames put together by socket, so that many go out in one call. */
export class Batches {
  readonly #sends = new Map<string, Omit<Send, "frames"> & { readonly frames: Uint8Array[] }>();

  /** @param address about which the frames are: it says through which socket of the link they go */
  add({ index }: Link, address: IpAddress, frames: readonly Uint8Array[]): void {
    const protocol = protocolOf(address);
    const key = socketKey(index, protocol);
    const send = this.#sends.get(key);
    if (send === undefined) {
      this.#sends.set(key, { kind: "send", interfaceIndex: index, protocol, frames: [...frames] });
    } else send.frames.push(...frames);
  }

  effects(): readonly Send[] {
    return [...this.#sends.values()];
  }
}
