import { PassThrough } from "node:stream";
import { KubeError, type KubeRequest, type KubeResponse, type KubeTransport } from "@steelyard/client";
import { mergePatch } from "../../../core/merge-patch.ts";

interface StoredObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly resourceVersion?: string;
  };
}

/** An API server's stored objects behind the transport's two calls: list, watch, get, create, merge patch, apply. */
export class MemoryApi {
  readonly requests: string[] = [];
  readonly #objects = new Map<string, StoredObject>();
  readonly #watches = new Map<string, Set<PassThrough>>();
  /** Every change so far, for watches that begin before it. */
  readonly #history: Change[] = [];
  #version = 0;
  #failure: Failure = () => undefined;
  #isHung = false;

  readonly transport = {
    request: async (request: KubeRequest): Promise<KubeResponse> => {
      this.requests.push(`${request.method} ${request.path}`);
      // An answer never comes in the turn of the question.
      await Promise.resolve();
      if (this.#isHung) await aborted(request.signal);
      const failure = this.#failure(request);
      if (failure !== undefined) throw failure;
      return { status: 200, headers: {}, body: this.#answer(request) };
    },
    stream: async (request: KubeRequest) => {
      const { path, signal } = request;
      this.requests.push(`WATCH ${path}`);
      await Promise.resolve();
      if (this.#isHung) await aborted(signal);
      const failure = this.#failure(request);
      if (failure !== undefined) throw failure;
      if (signal?.aborted === true) throw abortion();
      const lines = new PassThrough({ objectMode: true });
      const watches = this.#watches.get(path) ?? new Set();
      this.#watches.set(path, watches.add(lines));
      const close = (): void => {
        watches.delete(lines);
        lines.end();
      };
      signal?.addEventListener("abort", close, { once: true });
      const after = Number(request.query?.["resourceVersion"]);
      for (const change of this.#history) if (change.version > after) sendTo(lines, path, change);
      return { headers: {}, chunks: lines, close };
    },
  } as unknown as KubeTransport;

  /** What requests of every kind meet from now on instead of being carried out. */
  failWith(failure: Failure): void {
    this.#failure = failure;
  }

  /** Nothing is answered any more. */
  hang(): void {
    this.#isHung = true;
  }

  /** Ends every open watch in the way a connection ends that breaks. */
  breakWatches(): void {
    for (const watches of this.#watches.values()) {
      for (const lines of watches) lines.destroy(new KubeError({ code: "connection", message: "reset" }));
      watches.clear();
    }
  }

  /** Stores the object under `<collection>/<name>`, where the collection is the path with its namespace. */
  put(path: string, object: object): StoredObject {
    const { metadata } = object as StoredObject;
    const stored = { ...object, metadata: { ...metadata, resourceVersion: String(++this.#version) } };
    const type = this.#objects.has(path) ? "MODIFIED" : "ADDED";
    this.#objects.set(path, stored);
    this.#tell(path, type, stored);
    return stored;
  }

  remove(path: string): void {
    const object = this.#objects.get(path);
    this.#objects.delete(path);
    if (object === undefined) return;
    const metadata = { ...object.metadata, resourceVersion: String(++this.#version) };
    this.#tell(path, "DELETED", { ...object, metadata });
  }

  get(path: string): StoredObject | undefined {
    return this.#objects.get(path);
  }

  /** Objects of a collection, over all namespaces when the path has none. */
  list(collection: string): readonly StoredObject[] {
    return [...this.#objects].filter(([path]) => isIn(path, collection)).map(([, object]) => object);
  }

  /** Whether somebody watches the collection: what is put from then on is heard of. */
  isWatched(collection: string): boolean {
    return (this.#watches.get(collection)?.size ?? 0) > 0;
  }

  #answer({ method, path, body, contentType }: KubeRequest): unknown {
    const target = path.replace(/\/status$/, "");
    switch (method) {
      case "GET":
        return this.#objects.get(path) ?? this.#listAnswer(path);
      case "POST": {
        const { name } = (body as StoredObject).metadata;
        if (this.#objects.has(`${path}/${name}`)) throw failure("already-exists", 409);
        return this.put(`${path}/${name}`, body as object);
      }
      case "PATCH":
        return contentType === "application/apply-patch+yaml"
          ? this.#apply(target, body as Applied)
          : this.#patch(target, body as Partial<StoredObject>);
      default:
        throw new Error(`${method} is not part of this server`);
    }
  }

  #listAnswer(path: string): unknown {
    // A collection's name is the last segment and a plural; the name of an object in these tests never is.
    if (!path.endsWith("s") && !path.endsWith("es")) throw failure("not-found", 404);
    return { metadata: { resourceVersion: String(this.#version) }, items: this.list(path) };
  }

  #patch(path: string, patch: Partial<StoredObject>): unknown {
    const stored = this.#objects.get(path);
    if (stored === undefined) throw failure("not-found", 404);
    const wanted = patch.metadata?.resourceVersion;
    if (wanted !== undefined && wanted !== stored.metadata.resourceVersion) throw failure("conflict", 409);
    return this.put(path, mergePatch(stored, patch) as object);
  }

  /** Of server-side apply what the operator relies on: what others have in the status stays, and no change is no write. */
  #apply(path: string, { status }: Applied): unknown {
    const stored = this.#objects.get(path) as (StoredObject & Partial<Applied>) | undefined;
    if (stored === undefined) throw failure("not-found", 404);
    const types = new Set(status.conditions?.map(({ type }) => type));
    const others = (stored.status?.conditions ?? []).filter(({ type }) => !types.has(type));
    const conditions = [...others, ...(status.conditions ?? [])];
    const merged = { ...stored.status, ...status, ...(conditions.length > 0 && { conditions }) };
    const applied = { ...stored, status: merged };
    return JSON.stringify(applied) === JSON.stringify(stored) ? stored : this.put(path, applied);
  }

  #tell(path: string, type: string, object: StoredObject): void {
    const change = { version: this.#version, path, line: JSON.stringify({ type, object }) };
    this.#history.push(change);
    for (const [collection, watches] of this.#watches)
      for (const lines of watches) sendTo(lines, collection, change);
  }
}

interface Applied {
  readonly status: { readonly conditions?: readonly { readonly type: string }[] };
}

interface Change {
  readonly version: number;
  readonly path: string;
  readonly line: string;
}

function sendTo(lines: PassThrough, collection: string, { path, line }: Change): void {
  if (isIn(path, collection)) lines.write([line]);
}

type Failure = (request: KubeRequest) => KubeError | undefined;

function abortion(): KubeError {
  return new KubeError({ code: "aborted", message: "aborted" });
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal?.aborted === true) reject(abortion());
    signal?.addEventListener("abort", () => reject(abortion()), { once: true });
  });
}

/** `/api/v1/namespaces/shop/services/web` is in `/api/v1/namespaces/shop/services` and in `/api/v1/services`. */
function isIn(path: string, collection: string): boolean {
  const own = path.slice(0, path.lastIndexOf("/"));
  return own === collection || own.replace(/\/namespaces\/[^/]+(?=\/)/, "") === collection;
}

function failure(code: "not-found" | "conflict" | "already-exists", status: number): KubeError {
  return new KubeError({ code, message: code, status });
}
