import { badRequest } from "../http/api-error.ts";

/** Where a paged list goes on: the revision of its first page and the last key that was given out. */
export interface ContinueToken {
  readonly revision: number;
  readonly after: string;
}

const version = "meta.k8s.io/v1";

export function encodeContinue(token: ContinueToken): string {
  const text = JSON.stringify({ v: version, rv: token.revision, start: `/${token.after}\u0000` });
  return Buffer.from(text).toString("base64url");
}

/** Throws ApiError 400: a token that cannot be read is the client's fault, an old one is not (that is 410). */
export function decodeContinue(text: string): ContinueToken {
  const fields = parsed(text);
  const { v, rv, start } = fields;
  if (v !== version || typeof rv !== "number" || typeof start !== "string") {
    throw badRequest("invalid continue token: not issued by this server");
  }
  return { revision: rv, after: start.replace(/^\//, "").replace(/\0$/, "") };
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString()) as Record<string, unknown>;
  } catch (cause) {
    throw badRequest(`invalid continue token: continue key is not valid: ${String(cause)}`);
  }
}
