/** SHA-256 of the UTF-8 bytes of a text. A parameter, because a core has no cryptography of its own. */
export type Sha256 = (text: string) => Uint8Array;
