import { createHash } from "node:crypto";
import { type Clock, type Instant, type Millis } from "@steelyard/model/foundation";
import { type LogSink } from "../log-sink.ts";
import { messageOf } from "../thrown.ts";
import { type KubeTransport } from "../transport/kube-transport.ts";
import { type HttpAnswer } from "./http-server.ts";

/** How long an answer of the API server holds: so late is a token that was taken back refused. */
const answerHolds: Millis = 10_000;
/** What is remembered of strangers must not grow with their number. */
const mostAnswers = 256;
/** Nor may they have us flood the API server. */
const mostReviews = 8;
/** Prometheus gives up after ten seconds. */
const reviewTimeout: Millis = 5_000;

const noToken: HttpAnswer = {
  status: 401,
  body: "a bearer token is needed, of somebody who may get the path /metrics\n",
};
const unknownToken: HttpAnswer = { status: 401, body: "the API server does not know this token\n" };
const tooMany: HttpAnswer = { status: 503, body: "too many tokens are being looked at, ask again\n" };
const noAnswer: HttpAnswer = {
  status: 500,
  body: "the API server did not say whether this token may read metrics; the log of this program says why\n",
};

/** What the answer to a token is; undefined = it may. */
type Refusal = HttpAnswer | undefined;

export interface TokenGateDeps {
  readonly clock: Clock;
  readonly log: LogSink;
  /** To the API server. */
  readonly transport: Pick<KubeTransport, "request">;
}

/** The user of a TokenReview, which a SubjectAccessReview takes as it is. */
interface ReviewedUser {
  readonly username?: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Lets through whoever has a bearer token that the API server knows (TokenReview) and lets `get` the non-resource path
 * /metrics (SubjectAccessReview), as MetalLB does (reference metallb.md, section 6.1). Without an answer of the API
 * server nobody gets through but those whose answer still holds.
 */
export class TokenGate {
  readonly #deps: TokenGateDeps;
  /** By the hash of the token, oldest first: a token itself is not kept. */
  readonly #answers = new Map<string, { readonly refusal: Refusal; readonly until: Instant }>();
  readonly #underWay = new Map<string, Promise<Refusal>>();
  #isTroubled = false;

  constructor(deps: TokenGateDeps) {
    this.#deps = deps;
  }

  /** How a request with this `Authorization` is refused; undefined = it is not. Never rejects. */
  async refusalOf(authorization: string | undefined): Promise<Refusal> {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
    if (token === undefined) return noToken;
    const key = createHash("sha256").update(token).digest("base64");
    const answer = this.#answers.get(key);
    if (answer !== undefined && this.#deps.clock.now() < answer.until) return answer.refusal;
    return this.#underWay.get(key) ?? this.#begin(key, token);
  }

  async #begin(key: string, token: string): Promise<Refusal> {
    if (this.#underWay.size >= mostReviews) return tooMany;
    const review = this.#review(key, token);
    this.#underWay.set(key, review);
    try {
      return await review;
    } finally {
      this.#underWay.delete(key);
    }
  }

  async #review(key: string, token: string): Promise<Refusal> {
    try {
      const refusal = await this.#ask(token);
      this.#isTroubled = false;
      this.#remember(key, refusal);
      return refusal;
    } catch (error) {
      this.#complain(error);
      return noAnswer;
    }
  }

  async #ask(token: string): Promise<Refusal> {
    const { authenticated, user } = await this.#post<{ authenticated?: boolean; user?: ReviewedUser }>(
      { group: "authentication.k8s.io", kind: "TokenReview" },
      { token },
    );
    if (authenticated !== true) return unknownToken;
    const { username = "", uid, groups, extra } = user ?? {};
    const { allowed } = await this.#post<{ allowed?: boolean }>(
      { group: "authorization.k8s.io", kind: "SubjectAccessReview" },
      { user: username, uid, groups, extra, nonResourceAttributes: { path: "/metrics", verb: "get" } },
    );
    return allowed === true ? undefined : forbidden(username);
  }

  /** The status of the review. */
  async #post<Status>(
    type: { readonly group: string; readonly kind: string },
    spec: object,
  ): Promise<Status> {
    const apiVersion = `${type.group}/v1`;
    const { body } = await this.#deps.transport.request({
      method: "POST",
      path: `/apis/${apiVersion}/${type.kind.toLowerCase()}s`,
      body: { apiVersion, kind: type.kind, spec },
      timeoutMs: reviewTimeout,
    });
    const status = (body as { readonly status?: Status } | null | undefined)?.status;
    if (status === undefined || status === null)
      throw new Error(`the ${type.kind} came back without a status`);
    return status;
  }

  #remember(key: string, refusal: Refusal): void {
    this.#answers.delete(key);
    this.#answers.set(key, { refusal, until: (this.#deps.clock.now() + answerHolds) as Instant });
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= mostAnswers) return;
      this.#answers.delete(oldest);
    }
  }

  /** Once for each time of trouble: the stranger decides how often it is met. */
  #complain(error: unknown): void {
    if (this.#isTroubled) return;
    this.#isTroubled = true;
    this.#deps.log.warn(
      { error },
      `metrics are refused to whoever asks, because their token cannot be reviewed: ${messageOf(error)}`,
    );
  }
}

function forbidden(username: string): HttpAnswer {
  return {
    status: 403,
    body: `${username} may not get the path /metrics: a ClusterRole with this nonResourceURL is needed\n`,
  };
}
