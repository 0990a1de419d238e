import { type IpAddress } from "@steelyard/model/address";

/** Where a UDP or TCP socket is. */
export interface SocketAddress {
  readonly address: IpAddress;
  /** 0 = "any that is free", when a socket is to be bound. */
  readonly port: number;
}

/** Why the kernel refused something, or what it reports about the other side; `code` is an errno name such as "ECONNREFUSED". */
export class SocketError extends Error {
  override readonly name = "SocketError";
  readonly code: string;

  constructor(message: string, options: { code: string; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.code = options.code;
  }
}
