import { type Millis } from "@steelyard/model/foundation";
import { listAll, type ListSelection } from "./reflector/list.ts";
import { collectionPath, objectPath, type ObjectKey, type ResourceType } from "./resource-types.ts";
import { type KubeRequest } from "./transport/kube-request.ts";
import { type KubeTransport } from "./transport/kube-transport.ts";

/** What every call may carry. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: Millis | undefined;
}

export interface WriteOptions extends CallOptions {
  /** Who the API server notes as the owner of the changed fields. */
  readonly fieldManager?: string;
}

export interface PatchOptions extends WriteOptions {
  readonly subresource?: string;
}

export interface ApplyOptions extends PatchOptions {
  /** Server-side apply needs a name for whoever applies. */
  readonly fieldManager: string;
  /** Take fields over from other managers instead of getting a `conflict`. */
  readonly force?: boolean;
}

export interface DeleteOptions extends CallOptions {
  /** Delete only this very object, not a later one of the same name. */
  readonly uid?: string;
  /** Delete only if nothing has changed it since. */
  readonly resourceVersion?: string;
}

export interface ObjectList<T> {
  readonly items: readonly T[];
  /** Of the snapshot that the items belong to. */
  readonly resourceVersion: string;
}

/** One operation of a JSON patch (RFC 6902). */
export type JsonPatchOperation =
  | { readonly op: "add" | "replace" | "test"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string }
  | { readonly op: "move" | "copy"; readonly from: string; readonly path: string };

/**
 * Single requests about objects. There is no `update` on purpose: a PUT of an object that was read through somebody's
 * idea of its type erases the fields that this idea does not know; a patch leaves them alone.
 *
 * Errors: KubeError by its code, for example `not-found`, `already-exists`, `conflict`, `invalid`.
 */
export class KubeClient {
  readonly #transport: KubeTransport;

  constructor(transport: KubeTransport) {
    this.#transport = transport;
  }

  get<T>(type: ResourceType<T>, key: ObjectKey, options: CallOptions = {}): Promise<T> {
    return this.#send<T>({ method: "GET", path: objectPath(type, key), ...callOf(options) });
  }

  /** All objects that the selection covers, fetched in pages and held in memory: for a large kind use a Reflector. */
  async list<T>(
    type: ResourceType<T>,
    selection: ListSelection = {},
    options: CallOptions = {},
  ): Promise<ObjectList<T>> {
    let items: T[] = [];
    const target = { path: collectionPath(type, selection.namespace), selection };
    const resourceVersion = await listAll(target, {
      request: (request) => this.#transport.request({ ...request, ...callOf(options) }),
      begin: () => (items = []),
      page: (raw) => items.push(...(raw as readonly T[])),
    });
    return { items, resourceVersion };
  }

  /** The first objects that the selection covers, `limit` of them at the most. */
  async listFirst<T>(
    type: ResourceType<T>,
    limit: number,
    { namespace, labelSelector, fieldSelector }: ListSelection = {},
    options: CallOptions = {},
  ): Promise<readonly T[]> {
    const list = await this.#send<{ readonly items?: readonly T[] }>({
      method: "GET",
      path: collectionPath(type, namespace),
      query: { limit: String(limit), labelSelector, fieldSelector },
      ...callOf(options),
    });
    return list.items ?? [];
  }

  /** Creates the object in the namespace its metadata names; gives it back as stored. */
  create<T extends { metadata?: { namespace?: string } }>(
    type: ResourceType<T>,
    object: T,
    options: WriteOptions = {},
  ): Promise<T> {
    return this.#send<T>({
      method: "POST",
      path: collectionPath(type, object.metadata?.namespace),
      query: { fieldManager: options.fieldManager },
      body: object,
      ...callOf(options),
    });
  }

  async delete(type: ResourceType<unknown>, key: ObjectKey, options: DeleteOptions = {}): Promise<void> {
    const { uid, resourceVersion } = options;
    const preconditions =
      uid === undefined && resourceVersion === undefined ? undefined : { uid, resourceVersion };
    const body = { kind: "DeleteOptions", apiVersion: "v1", preconditions };
    await this.#transport.request({
      method: "DELETE",
      path: objectPath(type, key),
      body,
      ...callOf(options),
    });
  }

  /**
   * Merges `patch` into the object (RFC 7386): `null` removes, lists are replaced whole. With
   * `metadata.resourceVersion` in it the patch fails with `conflict` if our copy is stale.
   */
  mergePatch<T>(
    type: ResourceType<T>,
    key: ObjectKey,
    patch: object,
    options: PatchOptions = {},
  ): Promise<T> {
    return this.#patch<T>(type, key, patch, "application/merge-patch+json", options);
  }

  /** Applies the operations in order, all or none; a failed `test` gives `invalid`. */
  jsonPatch<T>(
    type: ResourceType<T>,
    key: ObjectKey,
    operations: readonly JsonPatchOperation[],
    options: PatchOptions = {},
  ): Promise<T> {
    return this.#patch<T>(type, key, operations, "application/json-patch+json", options);
  }

  /** Server-side apply: for objects that several writers share; creates what is missing. */
  apply<T>(type: ResourceType<T>, key: ObjectKey, object: object, options: ApplyOptions): Promise<T> {
    // JSON is YAML; the server knows the intent by the media type alone.
    return this.#patch<T>(type, key, object, "application/apply-patch+yaml", options, options.force);
  }

  #patch<T>(
    type: ResourceType<T>,
    key: ObjectKey,
    body: unknown,
    contentType: string,
    options: PatchOptions,
    force?: boolean,
  ): Promise<T> {
    const path = objectPath(type, key, options.subresource);
    const query = { fieldManager: options.fieldManager, force };
    return this.#send<T>({ method: "PATCH", path, query, body, contentType, ...callOf(options) });
  }

  async #send<T>(request: KubeRequest): Promise<T> {
    const { body } = await this.#transport.request(request);
    return body as T;
  }
}

function callOf({ signal, timeoutMs }: CallOptions): CallOptions {
  return { signal, timeoutMs };
}
