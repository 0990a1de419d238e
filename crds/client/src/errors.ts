import { type Millis } from "@steelyard/model/foundation";
import { messageOf } from "./thrown.ts";

/**
 * What a caller should do: `retry` with backoff, it may pass by itself; `later`, somebody has to change something first
 * (a role, a certificate), so ask seldom; `never`, the same request will fail again.
 */
export type Verdict = "retry" | "later" | "never";

/** Failures on our side of the wire: no answer of the API server is behind them. */
interface LocalVerdicts {
  /** The caller's signal was aborted, or the transport was closed. */
  aborted: "never";
  /** The kubeconfig, the service account's files or the environment are wrong; the message names file and field. */
  configuration: "never";
  /** A token, plugin or certificate could not be had at the moment. */
  credentials: "later";
  /** No connection, or it broke. */
  connection: "retry";
  /** TLS was refused by either side. */
  certificate: "later";
  /** No answer within the time allowed. */
  timeout: "retry";
  /** The answer is longer than the limit allows. */
  "too-large": "never";
  /** The answer is not what the protocol allows. */
  malformed: "retry";
}

/** Failures that the API server reported: HTTP status, and the reason of the Status object where two share a number. */
interface ServerVerdicts {
  "bad-request": "never";
  unauthorized: "later";
  forbidden: "later";
  "not-found": "never";
  /** 409 AlreadyExists. */
  "already-exists": "never";
  /** 409 otherwise: our copy is stale; read again, then decide again. */
  conflict: "retry";
  /** 410: the version or continue token has been compacted away; list again. */
  expired: "retry";
  "unsupported-media-type": "never";
  invalid: "never";
  "too-many-requests": "retry";
  internal: "retry";
  unavailable: "retry";
  "server-timeout": "retry";
  /** 504 with cause ResourceVersionTooLarge: this API server has not caught up with what another one told us. */
  "resource-version-too-large": "retry";
  /** Any other status that is not a success. */
  unexpected: "retry";
}

export type LocalCode = keyof LocalVerdicts;
export type ServerCode = keyof ServerVerdicts;
export type KubeErrorCode = LocalCode | ServerCode;

const verdicts: LocalVerdicts & ServerVerdicts = {
  aborted: "never",
  configuration: "never",
  credentials: "later",
  connection: "retry",
  certificate: "later",
  timeout: "retry",
  "too-large": "never",
  malformed: "retry",
  "bad-request": "never",
  unauthorized: "later",
  forbidden: "later",
  "not-found": "never",
  "already-exists": "never",
  conflict: "retry",
  expired: "retry",
  "unsupported-media-type": "never",
  invalid: "never",
  "too-many-requests": "retry",
  internal: "retry",
  unavailable: "retry",
  "server-timeout": "retry",
  "resource-version-too-large": "retry",
  unexpected: "retry",
};

/** One detail of a refusal, as in `Status.details.causes`: which field, and why. */
export interface StatusCause {
  readonly reason: string;
  readonly field: string;
  readonly message: string;
}

/** What is known of a failure, by where it arose. */
export type KubeFailure =
  | { readonly code: LocalCode; readonly message: string; readonly cause?: unknown }
  | {
      readonly code: ServerCode;
      readonly message: string;
      /** HTTP status, or the code inside the Status object of a watch event. */
      readonly status: number;
      /** `Status.reason`, for example `Conflict`. */
      readonly reason?: string;
      readonly retryAfterMs?: Millis;
      readonly causes?: readonly StatusCause[];
    };

/** Every failure of a request to the API server. Switch on `code`; act on `verdict`. */
export class KubeError extends Error {
  override readonly name = "KubeError";
  readonly failure: KubeFailure;

  constructor(failure: KubeFailure) {
    const cause = "cause" in failure ? { cause: failure.cause } : undefined;
    super(failure.message, cause);
    this.failure = failure;
  }

  get code(): KubeErrorCode {
    return this.failure.code;
  }

  get verdict(): Verdict {
    return verdicts[this.failure.code];
  }

  /** HTTP status; absent when no answer came. */
  get status(): number | undefined {
    return "status" in this.failure ? this.failure.status : undefined;
  }

  get reason(): string | undefined {
    return "reason" in this.failure ? this.failure.reason : undefined;
  }

  /** How long the server asked us to stay away. */
  get retryAfterMs(): Millis | undefined {
    return "retryAfterMs" in this.failure ? this.failure.retryAfterMs : undefined;
  }

  get causes(): readonly StatusCause[] {
    return ("causes" in this.failure ? this.failure.causes : undefined) ?? [];
  }
}

/** Narrows an unknown thrown value to the failure one knows how to handle. */
export function isKubeError(thrown: unknown, ...codes: readonly KubeErrorCode[]): thrown is KubeError {
  return thrown instanceof KubeError && (codes.length === 0 || codes.includes(thrown.code));
}

/** Puts whatever a dependency threw into our one error class, so that callers see a verdict. */
export function asKubeError(thrown: unknown, code: LocalCode, doing: string): KubeError {
  if (thrown instanceof KubeError) return thrown;
  return new KubeError({ code, message: `${doing}: ${messageOf(thrown)}`, cause: thrown });
}
