/** The Kubernetes verb of a request, as authorisation and audit know it. */
export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete" | "deletecollection";

/** Where a request goes: one resource of one group version, perhaps one object and one subresource of it. */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

interface GroupVersion {
  readonly group: string;
  readonly version: string;
  readonly rest: readonly string[];
}

function splitGroupVersion(segments: readonly string[]): GroupVersion | undefined {
  const [root, second, third, ...others] = segments;
  if (root === "api" && second !== undefined) return { group: "", version: second, rest: segments.slice(2) };
  if (root === "apis" && second !== undefined && third !== undefined) {
    return { group: second, version: third, rest: others };
  }
  return undefined;
}

/**
 * Takes a path such as `/api/v1/namespaces/x/services/y/status` apart; undefined for what names no resource.
 * `/api/v1/namespaces/x` is the Namespace x itself, `/api/v1/namespaces/x/services` lies within it.
 */
export function parseResourcePath(pathname: string): ResourcePath | undefined {
  const segments = pathname
    .split("/")
    .filter((segment) => segment !== "")
    .map(decodeURIComponent);
  const found = splitGroupVersion(segments);
  if (found === undefined || found.rest.length === 0) return undefined;
  const { group, version, rest } = found;
  const within = rest[0] === "namespaces" && rest.length > 2 && !isNamespaceSubresource(group, rest[2]);
  const [resource, name, subresource] = within ? rest.slice(2) : rest;
  if (resource === undefined) return undefined;
  return { group, version, resource, namespace: within ? rest[1] : undefined, name, subresource };
}

function isNamespaceSubresource(group: string, segment: string | undefined): boolean {
  return group === "" && (segment === "status" || segment === "finalize");
}

/** The verb that an HTTP method means on this path; undefined when the method means nothing there. */
export function verbOf(method: string, path: ResourcePath, query: URLSearchParams): Verb | undefined {
  const collection = path.name === undefined;
  switch (method) {
    case "GET":
    case "HEAD":
      if (!collection) return "get";
      return isTrue(query.get("watch")) ? "watch" : "list";
    case "POST":
      return "create";
    case "PUT":
      return collection ? undefined : "update";
    case "PATCH":
      return collection ? undefined : "patch";
    case "DELETE":
      return collection ? "deletecollection" : "delete";
    default:
      return undefined;
  }
}

export function isTrue(text: string | null): boolean {
  return text === "true" || text === "1" || text === "";
}
