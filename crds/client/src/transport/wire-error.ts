import type { ClientRequest } from "node:http";
import { KubeError } from "../errors.ts";
import { errnoOf, messageOf } from "../thrown.ts";

/** Translates what Node's sockets, TLS and DNS throw. `doing` begins the message: `GET /api/v1/nodes`. */
export function errorFromWire(thrown: unknown, doing: string): KubeError {
  if (thrown instanceof KubeError) return thrown;
  const errno = errnoOf(thrown);
  const code = isCertificateTrouble(errno) ? "certificate" : "connection";
  return new KubeError({ code, message: `${doing}: ${messageOf(thrown)}`, cause: thrown });
}

/** OpenSSL's verification results arrive as bare words; Node's own have prefixes. */
function isCertificateTrouble(errno: string | undefined): boolean {
  return (
    errno !== undefined &&
    /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_)/.test(errno)
  );
}

/**
 * Whether a kept connection turned out to be closed already, so that sending again over a new one is right. Only reads
 * are repeated: of a write nobody can say whether it arrived (RFC 9110, section 9.2.2).
 */
export function isStaleConnection(client: ClientRequest, failure: Error): boolean {
  const errno = errnoOf(failure);
  return client.method === "GET" && client.reusedSocket && (errno === "ECONNRESET" || errno === "EPIPE");
}
