import { createHash } from "node:crypto";
import type { Agent } from "node:http";
import { type Channel, type TlsMaterial } from "./types.ts";

/** Gives TLS material an identity: equal material, equal identity, however often the files are read. */
export function channelOf(tls: TlsMaterial, proxyAgent?: Agent): Channel {
  const hash = createHash("sha256");
  // The lengths keep `ca` + `cert` apart from a longer `ca`.
  for (const part of [tls.ca, tls.cert, tls.key, tls.servername, String(tls.rejectUnauthorized)]) {
    const bytes = Buffer.from(part ?? "");
    hash.update(`${bytes.length}:`).update(bytes);
  }
  const identity = hash.digest("hex");
  return proxyAgent === undefined ? { tls, identity } : { tls, identity, proxyAgent };
}
