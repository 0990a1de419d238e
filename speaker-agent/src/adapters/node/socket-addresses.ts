import { formatIpAddress, parseIpAddress } from "@steelyard/model/address";
import { type SocketAddress, SocketError } from "../../ports/socket-address.ts";

/** From what Node says of a socket; undefined when it is not about IP, or the other side has gone already. */
export function socketAddress(text: string | undefined, port: number | undefined): SocketAddress | undefined {
  // A link-local address comes with the name of its interface, `fe80::1%eth0`, which is of no use to anybody else.
  const address = text === undefined ? undefined : parseIpAddress(text.replace(/%.*/, ""));
  return address?.ok && port !== undefined ? { address: address.value, port } : undefined;
}

export function hostAndPort({ address, port }: SocketAddress): {
  readonly host: string;
  readonly port: number;
} {
  return { host: formatIpAddress(address), port };
}

export function socketError(cause: unknown): SocketError {
  const code = (cause as { readonly code?: unknown } | undefined)?.code;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new SocketError(message, { code: typeof code === "string" ? code : "EIO", cause });
}
