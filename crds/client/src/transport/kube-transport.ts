import {
  request as openHttp,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from "node:http";
import { request as openHttps } from "node:https";
import { type Clock, type Millis } from "@steelyard/model/foundation";
import { type Access, type ClusterConnection } from "../connection/types.ts";
import { KubeError } from "../errors.ts";
import { errorFromStatus, parseRetryAfter } from "../status-error.ts";
import { ConnectionPool } from "./connection-pool.ts";
import { encodeRequest, type EncodedRequest, type KubeRequest, type KubeResponse } from "./kube-request.ts";
import { LineSplitter } from "./line-splitter.ts";
import { parseJson, parseLoosely, readBody } from "./read-body.ts";
import { RequestScope } from "./request-scope.ts";
import { errorFromWire, isStaleConnection } from "./wire-error.ts";

/** An answer that is read as it arrives. Iterating to the end, leaving the loop, or `close` frees the connection. */
export interface LineStream {
  readonly headers: IncomingHttpHeaders;
  /** One item for each chunk received, with the lines it completed: possibly none, which is still a sign of life. */
  readonly chunks: AsyncIterable<readonly string[]>;
  close(): void;
}

export interface TransportLimits {
  /** Longest body of a plain answer, in bytes. */
  readonly body: number;
  /** Longest line of a stream, in bytes. etcd stores objects up to 1.5 MB; JSON may be a few times that. */
  readonly line: number;
}

export interface TransportDeps {
  readonly clock: Clock;
  readonly limits?: TransportLimits;
  readonly userAgent?: string;
}

const usualLimits: TransportLimits = { body: 128 * 2 ** 20, line: 16 * 2 ** 20 };
const usualTimeout: Millis = 30_000;
/** Of a refusal's explanation; the rest of a proxy's error page is of no use. */
const longestRefusal = 2 ** 20;

/**
 * Requests to one API server over connections that stay open. Whatever is not a 2xx answer is thrown as a KubeError,
 * network trouble included.
 */
export class KubeTransport {
  readonly #connection: ClusterConnection;
  readonly #deps: Required<TransportDeps>;
  readonly #pool = new ConnectionPool();
  readonly #open = new Set<RequestScope>();
  #closed = false;

  constructor(connection: ClusterConnection, deps: TransportDeps) {
    this.#connection = connection;
    this.#deps = { limits: usualLimits, userAgent: "steelyard", ...deps };
  }

  /** Sends a request and reads the whole answer. */
  async request(request: KubeRequest): Promise<KubeResponse> {
    const encoded = this.#encode(request);
    const scope = this.#openScope(request, encoded);
    try {
      const response = await this.#exchange(encoded, scope);
      const text = await readBody(response, this.#deps.limits.body, encoded.doing);
      return { status: statusOf(response), headers: response.headers, body: parseJson(text, encoded.doing) };
    } catch (thrown) {
      throw scope.failure ?? errorFromWire(thrown, encoded.doing);
    } finally {
      this.#closeScope(scope);
    }
  }

  /** Sends a request whose answer is a stream of lines; resolves when its headers have come. */
  async stream(request: KubeRequest): Promise<LineStream> {
    const encoded = this.#encode(request);
    const scope = this.#openScope(request, encoded);
    try {
      const response = await this.#exchange(encoded, scope);
      scope.liftDeadline();
      return {
        headers: response.headers,
        chunks: this.#linesOf(response, encoded, scope),
        close: () => {
          this.#closeScope(scope);
          response.destroy();
        },
      };
    } catch (thrown) {
      this.#closeScope(scope);
      throw scope.failure ?? errorFromWire(thrown, encoded.doing);
    }
  }

  /** Ends running requests with `aborted` and closes all connections; later requests fail likewise. */
  close(): void {
    this.#closed = true;
    for (const scope of this.#open) scope.fail(closedError());
    this.#pool.close();
  }

  #encode(request: KubeRequest): EncodedRequest {
    return encodeRequest(request, this.#connection.server, this.#deps.userAgent);
  }

  #openScope({ signal, timeoutMs = usualTimeout }: KubeRequest, { doing }: EncodedRequest): RequestScope {
    const scope = new RequestScope({ signal, timeoutMs, doing }, this.#deps);
    if (this.#closed) scope.fail(closedError());
    this.#open.add(scope);
    return scope;
  }

  #closeScope(scope: RequestScope): void {
    scope.end();
    this.#open.delete(scope);
  }

  /**
   * Sends until there is an answer worth giving to the caller. Two are not: that of a kept connection which the other
   * side was closing (the next try uses another, at last a new one), and the first refusal of a token, which may just
   * have been replaced.
   */
  async #exchange(request: EncodedRequest, scope: RequestScope): Promise<IncomingMessage> {
    let mayLogInAgain = true;
    for (;;) {
      const access = await scope.race(this.#connection.access());
      const answer = await this.#send(request, access, scope);
      if ("failure" in answer) {
        if (!isStaleConnection(answer.client, answer.failure)) throw answer.failure;
      } else if (statusOf(answer) === 401 && mayLogInAgain) {
        mayLogInAgain = false;
        this.#connection.forgetAccess();
        // Read to its end, so that the connection can be used again.
        await readBody(answer, longestRefusal, request.doing);
      } else {
        return await this.#accept(answer, request);
      }
    }
  }

  /** Resolves with the answer's beginning, or with what went wrong before it. */
  #send(
    request: EncodedRequest,
    access: Access,
    scope: RequestScope,
  ): Promise<IncomingMessage | SendFailure> {
    return new Promise((resolve) => {
      const client = (request.secure ? openHttps : openHttp)({
        ...request.target,
        method: request.method,
        headers: { ...request.headers, ...access.headers },
        agent: this.#pool.agentFor(access.channel, request.secure),
      });
      client.on("error", (failure) => resolve({ client, failure }));
      client.on("response", (response) => {
        // Whoever reads the body meets the same error; without a listener an error between two reads would be fatal.
        response.on("error", () => {});
        scope.hold(response);
        resolve(response);
      });
      scope.hold(client);
      client.end(request.payload);
    });
  }

  /** Passes a success on; anything else is read to its end, since it explains itself in the body. */
  async #accept(response: IncomingMessage, request: EncodedRequest): Promise<IncomingMessage> {
    const status = statusOf(response);
    if (status >= 200 && status < 300) return response;
    const body = parseLoosely(await readBody(response, longestRefusal, request.doing));
    const retryAfterMs = parseRetryAfter(response.headers["retry-after"], this.#deps.clock.timestamp());
    throw errorFromStatus(body, { status, retryAfterMs, doing: request.doing });
  }

  async *#linesOf(
    response: IncomingMessage,
    { doing }: EncodedRequest,
    scope: RequestScope,
  ): AsyncGenerator<readonly string[]> {
    const splitter = new LineSplitter({ longestLine: this.#deps.limits.line, doing });
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) yield splitter.push(chunk);
      const rest = splitter.rest();
      if (rest !== "") yield [rest];
    } catch (thrown) {
      throw scope.failure ?? errorFromWire(thrown, doing);
    } finally {
      this.#closeScope(scope);
      response.destroy();
    }
  }
}

interface SendFailure {
  readonly client: ClientRequest;
  readonly failure: Error;
}

function statusOf(response: IncomingMessage): number {
  return response.statusCode ?? 0;
}

function closedError(): KubeError {
  return new KubeError({ code: "aborted", message: "the connection to the API server has been closed" });
}
