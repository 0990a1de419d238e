/** The first byte of every message (memberlist `net.go`, messageType). */
export const MESSAGE_TYPES = {
  ping: 0,
  indirectPing: 1,
  ack: 2,
  suspect: 3,
  alive: 4,
  dead: 5,
  pushPull: 6,
  compound: 7,
  user: 8,
  compress: 9,
  encrypt: 10,
  nack: 11,
  checksum: 12,
  error: 13,
  /** Far from the others, so that it cannot be taken for a version of the encryption. */
  label: 244,
} as const;
