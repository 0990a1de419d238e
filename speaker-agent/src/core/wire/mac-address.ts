/** The 48-bit address of an Ethernet station, as its 6 bytes. */
export type MacAddress = Uint8Array;

export const MAC_LENGTH = 6;
export const BROADCAST_MAC: MacAddress = new Uint8Array([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);

export function sameMac(left: MacAddress, right: MacAddress): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

/** The 48 bits as a number, for use as a key; MACs of another length than 6 have none. */
export function macNumber(mac: MacAddress): number | undefined {
  if (mac.length !== MAC_LENGTH) return undefined;
  return mac.reduce((number, byte) => number * 0x100 + byte, 0);
}

/** The group bit of IEEE 802: broadcast and multicast, never the address of one station. */
export function isGroupMac(mac: MacAddress): boolean {
  return ((mac[0] ?? 0) & 1) === 1;
}

/** `02:00:5e:10:00:01`, the form of ip-link(8). */
export function formatMac(mac: MacAddress): string {
  return Array.from(mac, (byte) => byte.toString(16).padStart(2, "0")).join(":");
}
