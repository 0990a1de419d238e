/**
 * Why bytes are not the message that was looked for. All of them mean "drop silently": neither ARP nor neighbour
 * discovery ever answers a malformed packet.
 */
export interface DecodeError {
  /**
   * `truncated`: the bytes end too early. `foreign`: well-formed as far as read, but another protocol or variant.
   * `malformed`: a field contradicts the protocol. `checksum`: damaged on the way.
   */
  readonly code: "truncated" | "foreign" | "malformed" | "checksum";
  /** One sentence without the packet's bytes. */
  readonly message: string;
}

export function decodeError(code: DecodeError["code"], message: string): DecodeError {
  return { code, message };
}
