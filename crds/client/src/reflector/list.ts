import { isKubeError, KubeError } from "../errors.ts";
import { type KubeRequest, type KubeResponse, type Query } from "../transport/kube-request.ts";

/** Which objects of a kind are meant. */
export interface ListSelection {
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined;
  /** In the API's notation: `app=web,tier!=test`. */
  readonly labelSelector?: string | undefined;
  /** In the API's notation: `spec.nodeName=a`. */
  readonly fieldSelector?: string | undefined;
}

export interface ListTarget {
  /** Path of the collection. */
  readonly path: string;
  readonly selection: ListSelection;
  /** Objects per answer; 500 unless said otherwise. */
  readonly pageSize?: number | undefined;
}

/** Who wants the objects, page by page, so that no more than one page is ever held in its raw form. */
export interface ListReceiver {
  request(request: KubeRequest): Promise<KubeResponse>;
  /** A snapshot begins: whatever `page` brought before belongs to an abandoned one. */
  begin(): void;
  page(items: readonly unknown[]): void;
}

const usualPageSize = 500;
/** A list that expires again and again is a matter for the caller's backoff. */
const restartsAllowed = 3;

/**
 * Reads a whole collection in pages that belong to one snapshot, and returns that snapshot's resourceVersion. When the
 * `continue` token expires on the way (410, after some five minutes) the list begins anew.
 */
export async function listAll(target: ListTarget, receiver: ListReceiver): Promise<string> {
  for (let restarts = 0; ; restarts += 1) {
    receiver.begin();
    const version = await listOnce(target, receiver, restarts < restartsAllowed);
    if (version !== undefined) return version;
  }
}

/** Undefined: the token expired after the first page and the caller may start over. */
async function listOnce(
  target: ListTarget,
  receiver: ListReceiver,
  mayRestart: boolean,
): Promise<string | undefined> {
  let token: string | undefined;
  try {
    for (;;) {
      const page = await readPage(target, receiver, token);
      receiver.page(page.items);
      if (page.token === undefined) return page.resourceVersion;
      token = page.token;
    }
  } catch (thrown) {
    if (mayRestart && token !== undefined && isKubeError(thrown, "expired")) return undefined;
    throw thrown;
  }
}

interface Page {
  readonly items: readonly unknown[];
  readonly resourceVersion: string;
  readonly token: string | undefined;
}

async function readPage(
  target: ListTarget,
  receiver: ListReceiver,
  token: string | undefined,
): Promise<Page> {
  const query = {
    ...selectorQuery(target.selection),
    limit: target.pageSize ?? usualPageSize,
    continue: token,
  };
  const { body } = await receiver.request({ method: "GET", path: target.path, query });
  return parsePage(body, target.path);
}

/** The parameters that lists and watches share. */
export function selectorQuery({ labelSelector, fieldSelector }: ListSelection): Query {
  return { labelSelector, fieldSelector };
}

interface ListBody {
  readonly metadata?: { readonly resourceVersion?: unknown; readonly continue?: unknown } | null;
  readonly items?: unknown;
}

function parsePage(body: unknown, path: string): Page {
  const list = (typeof body === "object" && body !== null ? body : {}) as ListBody;
  const { resourceVersion, continue: token } = list.metadata ?? {};
  // An empty collection may be written as null by servers in Go.
  const items: unknown = list.items ?? [];
  if (typeof resourceVersion !== "string" || resourceVersion === "" || !Array.isArray(items))
    throw new KubeError({
      code: "malformed",
      message: `GET ${path}: the answer is not a list with a resourceVersion`,
    });
  return { items, resourceVersion, token: typeof token === "string" && token !== "" ? token : undefined };
}
