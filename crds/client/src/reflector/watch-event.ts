import { KubeError } from "../errors.ts";
import { errorFromStatus } from "../status-error.ts";
import { parseJson } from "../transport/read-body.ts";
import { identify, metadataOf, type ObjectIdentity } from "./raw-object.ts";

export interface ObjectEvent {
  /** `stored` is both ADDED and MODIFIED: which of them it is for us, only our store can say. */
  readonly type: "stored" | "deleted";
  readonly identity: ObjectIdentity;
  readonly raw: unknown;
}

export interface BookmarkEvent {
  readonly type: "bookmark";
  readonly resourceVersion: string;
  /** The objects that existed when a streaming list began have all been sent. */
  readonly endsInitialEvents: boolean;
}

export type WatchEvent = ObjectEvent | BookmarkEvent;

/**
 * Reads one line of a watch. Throws a KubeError: that of the Status inside an ERROR event (a 410 arrives this way once
 * the stream is open), or `malformed`.
 */
export function parseWatchEvent(line: string, doing: string): WatchEvent {
  const { type, object } = (parseJson(line, doing) ?? {}) as { type?: unknown; object?: unknown };
  switch (type) {
    case "ADDED":
    case "MODIFIED":
      return { type: "stored", identity: identityOf(object, doing), raw: object };
    case "DELETED":
      return { type: "deleted", identity: identityOf(object, doing), raw: object };
    case "BOOKMARK":
      return bookmarkOf(object, doing);
    case "ERROR":
      throw errorFromStatus(object, { doing });
    default:
      throw malformed(doing, `unknown type ${JSON.stringify(type)}`);
  }
}

function identityOf(raw: unknown, doing: string): ObjectIdentity {
  const identity = identify(raw);
  if (identity === undefined) throw malformed(doing, "an object without a name");
  return identity;
}

function bookmarkOf(raw: unknown, doing: string): WatchEvent {
  const { resourceVersion, annotations } = metadataOf(raw);
  if (typeof resourceVersion !== "string" || resourceVersion === "")
    throw malformed(doing, "a bookmark without a resourceVersion");
  const endsInitialEvents = annotations?.["k8s.io/initial-events-end"] === "true";
  return { type: "bookmark", resourceVersion, endsInitialEvents };
}

function malformed(doing: string, what: string): KubeError {
  return new KubeError({ code: "malformed", message: `${doing}: watch event with ${what}` });
}
