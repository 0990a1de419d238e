import { expect } from "@jest/globals";
import { setTimeout as pause } from "node:timers/promises";
import { type FilterProgram } from "../../../core/wire/packet-filter.ts";
import { type TestNamespace } from "./namespaces.ts";

/** Both ends of a cable, in one namespace. Without addresses: only what a test sends is on the wire, once IPv6 is off. */
export interface Cable {
  readonly near: { readonly name: string; readonly index: number };
  readonly far: { readonly name: string; readonly index: number };
}

export function plugCable(namespace: TestNamespace, near: string, far: string): Cable {
  namespace.sysctl("ipv6/conf/default/disable_ipv6", "1");
  namespace.ip(`link add ${near} type veth peer name ${far}`);
  namespace.ip(`link set ${near} up`);
  namespace.ip(`link set ${far} up`);
  const end = (name: string) => ({
    name,
    index: namespace.addon.interfaceIndex(name),
  });
  return { near: end(near), far: end(far) };
}

/** `ret #65535`. */
export const acceptAll: FilterProgram = [{ code: 0x06, jt: 0, jf: 0, k: 0xffff }];

/** Longer than a test may take (jest.setTimeout in namespaces.ts): a wait that went on would keep its process alive. */
const LONGEST_WAIT_MILLIS = 30_000;

/** Waits, one turn of the event loop at a time, until something has happened; the test's own timeout ends the wait. */
export async function eventually(happened: () => boolean): Promise<void> {
  const limit = AbortSignal.timeout(LONGEST_WAIT_MILLIS);
  while (!happened()) await pause(1, undefined, { signal: limit });
  expect(happened()).toBe(true);
}

const BROADCAST = "ffffffffffff";

/** An Ethernet frame from 02:00:00:00:00:99; `mark` tells frames apart. */
export function frame(
  etherType: number,
  mark: number,
  options: { to?: string; length?: number } = {},
): Uint8Array {
  const bytes = Buffer.alloc(options.length ?? 60);
  bytes.write((options.to ?? BROADCAST) + "020000000099" + etherType.toString(16).padStart(4, "0"), "hex");
  bytes.writeUInt32BE(mark, 14);
  return Uint8Array.from(bytes);
}

export function markOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(14);
}
