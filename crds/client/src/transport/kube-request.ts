import type { IncomingHttpHeaders, RequestOptions } from "node:http";
import { type Millis } from "@steelyard/model/foundation";

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface KubeRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Absolute path on the server, segments already encoded. */
  readonly path: string;
  /** Undefined values are left out. */
  readonly query?: Query | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Of the body; `application/json` unless said otherwise. */
  readonly contentType?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** From the call to the last byte of the answer; for a stream to the end of its headers. 30 s unless said otherwise. */
  readonly timeoutMs?: Millis | undefined;
}

export interface KubeResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Parsed JSON; undefined when the answer has no body. */
  readonly body: unknown;
}

/** A request ready to be sent, any number of times. */
export interface EncodedRequest {
  readonly method: KubeRequest["method"];
  /** `GET /api/v1/nodes`, for messages: without the query, which would drown the rest. */
  readonly doing: string;
  readonly target: Pick<RequestOptions, "hostname" | "port" | "path">;
  readonly secure: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Buffer | undefined;
}

export function encodeRequest(request: KubeRequest, server: URL, userAgent: string): EncodedRequest {
  const payload = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
  const headers: Record<string, string> = { accept: "application/json", "user-agent": userAgent };
  if (payload !== undefined) {
    headers["content-type"] = request.contentType ?? "application/json";
    headers["content-length"] = String(payload.length);
  }
  return {
    method: request.method,
    doing: `${request.method} ${request.path}`,
    target: targetOf(request, server),
    secure: server.protocol === "https:",
    headers,
    payload,
  };
}

function targetOf({ path, query = {} }: KubeRequest, server: URL): EncodedRequest["target"] {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) parameters.set(name, String(value));
  const search = parameters.size === 0 ? "" : `?${parameters.toString()}`;
  // Servers behind a gateway live under a path of their own.
  const prefix = server.pathname.replace(/\/$/, "");
  // URL keeps the brackets of an IPv6 literal; a socket wants the bare address.
  const hostname = server.hostname.replace(/^\[|\]$/g, "");
  return { hostname, port: server.port === "" ? null : server.port, path: `${prefix}${path}${search}` };
}
