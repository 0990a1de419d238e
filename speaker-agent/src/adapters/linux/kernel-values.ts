import {
  type IpAddress,
  type IpFamily,
  ipAddressFromBytes,
  ipAddressToBytes,
} from "@steelyard/model/address";
import { endianness } from "node:os";
import { type SocketAddress } from "../../ports/socket-address.ts";

// Numbers of Linux on x86-64 and arm64 (asm-generic/socket.h, linux/in.h, linux/in6.h, linux/tcp.h).
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;

const AF_INET = 2;
const AF_INET6 = 10;

const LITTLE = endianness() === "LE";

export function familyNumber(family: IpFamily): number {
  return family === "IPv4" ? AF_INET : AF_INET6;
}

/** A C `int`. */
export function intValue(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value, LITTLE);
  return bytes;
}

/** `struct sockaddr_in` or `struct sockaddr_in6`; `scope` is the index of a link-local address's interface. */
export function sockaddr({ address, port }: SocketAddress, scope = 0): Uint8Array {
  const bytes = new Uint8Array(address.family === "IPv4" ? 16 : 28);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, familyNumber(address.family), LITTLE);
  view.setUint16(2, port);
  bytes.set(ipAddressToBytes(address), address.family === "IPv4" ? 4 : 8);
  if (address.family === "IPv6") view.setUint32(24, scope, LITTLE);
  return bytes;
}

/** The reverse; undefined when it is about something else than IP. */
export function readSockaddr(
  bytes: Uint8Array,
): { readonly address: IpAddress; readonly port: number; readonly scope: number } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const family = view.getUint16(0, LITTLE);
  const isIpv4 = family === AF_INET;
  if (!isIpv4 && family !== AF_INET6) return undefined;
  const address = ipAddressFromBytes(isIpv4 ? bytes.subarray(4, 8) : bytes.subarray(8, 24));
  return address && { address, port: view.getUint16(2), scope: isIpv4 ? 0 : view.getUint32(24, LITTLE) };
}

/** `struct tcp_md5sig` (RFC 2385): the key for what comes from, and goes to, a prefix; no password takes it away. */
export function tcpMd5Signature(
  { network, length }: { readonly network: IpAddress; readonly length: number },
  password: string | undefined,
): Uint8Array {
  const key = new TextEncoder().encode(password ?? "");
  const bytes = new Uint8Array(216);
  const view = new DataView(bytes.buffer);
  bytes.set(sockaddr({ address: network, port: 0 }));
  bytes.set([MD5_FLAG_PREFIX, length], 128);
  view.setUint16(130, key.length, LITTLE);
  bytes.set(key.subarray(0, MOST_KEY_BYTES), 136);
  return bytes;
}

const MD5_FLAG_PREFIX = 1;
const MOST_KEY_BYTES = 80;

/** A name as SO_BINDTODEVICE wants it. */
export function nameValue(name: string): Uint8Array {
  return new TextEncoder().encode(`${name}\0`);
}
