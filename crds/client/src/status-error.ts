import { type Millis } from "@steelyard/model/foundation";
import { KubeError, type ServerCode, type StatusCause } from "./errors.ts";

/** The parts of a `meta/v1` Status object that matter, every one of them optional: proxies answer with anything. */
interface Status {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly retryAfterMs?: Millis;
  readonly causes: readonly StatusCause[];
}

export interface StatusContext {
  /** HTTP status of the answer, or undefined for an ERROR event inside a watch: there the object carries it. */
  readonly status?: number;
  /** From the Retry-After header; wins over the one in the object. */
  readonly retryAfterMs?: Millis | undefined;
  /** What was asked, for the message: `GET /api/v1/services`. */
  readonly doing: string;
}

/** Builds the error for an answer that is not a success; `body` is parsed JSON, text, or nothing. */
export function errorFromStatus(body: unknown, context: StatusContext): KubeError {
  const parsed = parseStatus(body);
  const status = context.status ?? parsed.code ?? 500;
  const retryAfterMs = context.retryAfterMs ?? parsed.retryAfterMs;
  return new KubeError({
    code: codeOf(status, parsed),
    status,
    message: `${context.doing}: ${describe(status, parsed, body)}`,
    causes: parsed.causes,
    ...(parsed.reason === undefined ? {} : { reason: parsed.reason }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** Retry-After is either seconds or an HTTP date (RFC 9110, section 10.2.3); anything else is no wish at all. */
export function parseRetryAfter(header: string | undefined, wallClock: string): Millis | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const wait = Date.parse(header) - Date.parse(wallClock);
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

const codes: Readonly<Record<number, ServerCode>> = {
  400: "bad-request",
  401: "unauthorized",
  403: "forbidden",
  404: "not-found",
  409: "conflict",
  410: "expired",
  415: "unsupported-media-type",
  422: "invalid",
  429: "too-many-requests",
  500: "internal",
  502: "unavailable",
  503: "unavailable",
  504: "server-timeout",
};

function codeOf(status: number, parsed: Status): ServerCode {
  if (status === 409 && parsed.reason === "AlreadyExists") return "already-exists";
  if (status === 504 && parsed.causes.some((cause) => cause.reason === "ResourceVersionTooLarge"))
    return "resource-version-too-large";
  return codes[status] ?? "unexpected";
}

/** A proxy's error page can be long; a log line should not be. */
const longestExcerpt = 200;

function describe(status: number, parsed: Status, body: unknown): string {
  const text = parsed.message ?? (typeof body === "string" ? body.trim().slice(0, longestExcerpt) : "");
  return text === "" ? `HTTP ${status}` : `HTTP ${status}: ${text}`;
}

function parseStatus(body: unknown): Status {
  if (!isRecord(body)) return { causes: [] };
  const details = isRecord(body["details"]) ? body["details"] : {};
  const seconds = details["retryAfterSeconds"];
  return {
    ...(typeof body["code"] === "number" ? { code: body["code"] } : {}),
    ...(typeof body["reason"] === "string" ? { reason: body["reason"] } : {}),
    ...(typeof body["message"] === "string" ? { message: body["message"] } : {}),
    ...(typeof seconds === "number" && seconds > 0 ? { retryAfterMs: seconds * 1000 } : {}),
    causes: Array.isArray(details["causes"]) ? details["causes"].filter(isRecord).map(parseCause) : [],
  };
}

function parseCause(raw: Record<string, unknown>): StatusCause {
  return { reason: text(raw["reason"]), field: text(raw["field"]), message: text(raw["message"]) };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
