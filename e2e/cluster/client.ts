import { type Agent, type IncomingMessage } from "node:http";
import { type ClusterAccess } from "./client/access.ts";
import { readLines } from "./client/lines.ts";
import { keepConnections, openRequest, readReply, type Reply, sendRequest } from "./client/transport.ts";
import { systemClock } from "./clock.ts";

/** The least that every object has; callers name their own type where they want more. */
export interface ClusterObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly creationTimestamp?: string;
  };
  /** Of a Secret. */
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** An answer other than 2xx. `reason` and `message` come from its Status. */
export class ClusterError extends Error {
  readonly code: number;
  readonly reason: string;

  constructor(request: string, reply: Reply) {
    const status = reply.text.startsWith("{")
      ? (reply.json as { readonly reason?: string; readonly message?: string })
      : undefined;
    super(
      `${request}: ${reply.code} ${status?.reason ?? ""}: ${status?.message ?? reply.text.slice(0, 300)}`,
    );
    this.code = reply.code;
    this.reason = status?.reason ?? "";
  }
}

export interface WatchEvent<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: T;
}

interface RequestOptions {
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
}

/** A tiny client for suites: paths in, objects out, ClusterError for everything that is refused. */
export class ClusterClient {
  readonly #access: ClusterAccess;
  readonly #connections: Agent | undefined;

  /** With `keepAlive` connections are used again, and `close` has to be called at the end. */
  constructor(access: ClusterAccess, { keepAlive = false }: { readonly keepAlive?: boolean } = {}) {
    this.#access = access;
    this.#connections = keepAlive ? keepConnections(access) : undefined;
  }

  close(): void {
    this.#connections?.destroy();
  }

  /** Any request; answers of any code are returned, not thrown. */
  request(method: string, path: string, options: RequestOptions = {}): Promise<Reply> {
    return sendRequest(this.#access, { method, path, ...options }, this.#connections);
  }

  get<T = ClusterObject>(path: string): Promise<T> {
    return this.#send("GET", path);
  }

  /** The object, or undefined when it does not exist. */
  async find<T = ClusterObject>(path: string): Promise<T | undefined> {
    const reply = await this.request("GET", path);
    return reply.code === 404 ? undefined : accepted<T>(`GET ${path}`, reply);
  }

  async list<T = ClusterObject>(path: string): Promise<readonly T[]> {
    const { items } = await this.#send<{ readonly items: readonly T[] }>("GET", path);
    return items;
  }

  /** Creates the object; `path` is that of its collection or its own. */
  create<T = ClusterObject>(path: string, object: unknown): Promise<T> {
    return this.#send("POST", collectionOf(path, object), { body: object });
  }

  replace<T = ClusterObject>(path: string, object: unknown): Promise<T> {
    return this.#send("PUT", path, { body: object });
  }

  /** Creates the object, or replaces the one that is there, whoever changed it meanwhile. */
  async apply<T extends object = ClusterObject>(path: string, object: T): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const current = await this.find(path);
        if (current === undefined) return await this.create(path, object);
        const metadata = {
          ...(object as Partial<ClusterObject>).metadata,
          resourceVersion: current.metadata.resourceVersion,
        };
        return await this.replace(path, { ...object, metadata });
      } catch (error) {
        if (attempt === 5 || !(error instanceof ClusterError) || error.code !== 409) throw error;
      }
    }
  }

  mergePatch<T = ClusterObject>(path: string, patch: unknown): Promise<T> {
    return this.#send("PATCH", path, { body: patch, contentType: "application/merge-patch+json" });
  }

  jsonPatch<T = ClusterObject>(path: string, operations: readonly unknown[]): Promise<T> {
    return this.#send("PATCH", path, { body: operations, contentType: "application/json-patch+json" });
  }

  /** Deletes the object; `options` are metav1.DeleteOptions. */
  delete(path: string, options?: unknown): Promise<unknown> {
    return this.#send("DELETE", path, options === undefined ? {} : { body: options });
  }

  /** The events of a watch on a collection, until the server ends it or `signal` does. */
  async *watch<T = ClusterObject>(path: string, signal: AbortSignal): AsyncGenerator<WatchEvent<T>> {
    const separator = path.includes("?") ? "&" : "?";
    const response = await openRequest(
      this.#access,
      { method: "GET", path: `${path}${separator}watch=true` },
      signal,
    );
    if (response.statusCode !== 200) throw await refusal(`watch ${path}`, response);
    for await (const line of readLines(response, signal)) yield JSON.parse(line) as WatchEvent<T>;
  }

  /**
   * Waits until the object at `path` is as `accept` wants it (undefined = it does not exist); throws when that does not
   * happen within `timeoutMillis`, and says what the object was last.
   */
  async until<T extends object = ClusterObject>(
    path: string,
    accept: (object: T | undefined) => boolean,
    { timeoutMillis = 10_000 }: { readonly timeoutMillis?: number } = {},
  ): Promise<T | undefined> {
    const stop = new AbortController();
    const cancel = systemClock.after(timeoutMillis, () => stop.abort());
    let last: T | undefined = await this.find<T>(path);
    try {
      if (accept(last)) return last;
      const [, collection = "", name = ""] = /^(.*)\/([^/]+)$/.exec(path) ?? [];
      // From the beginning: what happened between the get and the watch is told as well.
      for await (const event of this.watch<T>(
        `${collection}?fieldSelector=metadata.name%3D${name}`,
        stop.signal,
      )) {
        last = event.type === "DELETED" ? undefined : event.object;
        if (accept(last)) return last;
      }
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    } finally {
      cancel();
      stop.abort();
    }
    throw new Error(
      `${path} did not become as expected within ${timeoutMillis} ms; last: ${JSON.stringify(last)}`,
    );
  }

  async #send<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    return accepted<T>(`${method} ${path}`, await this.request(method, path, options));
  }
}

function accepted<T>(request: string, reply: Reply): T {
  if (reply.code < 200 || reply.code > 299) throw new ClusterError(request, reply);
  return reply.json as T;
}

async function refusal(request: string, response: IncomingMessage): Promise<ClusterError> {
  return new ClusterError(request, await readReply(response));
}

function collectionOf(path: string, object: unknown): string {
  const name = (object as Partial<ClusterObject>).metadata?.name;
  return name !== undefined && path.endsWith(`/${name}`) ? path.slice(0, -name.length - 1) : path;
}
