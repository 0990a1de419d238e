import { ApiError, badRequest, type FieldError, invalid } from "../http/api-error.ts";
import { forbiddenField } from "../http/field-errors.ts";
import { isTrue } from "../http/route.ts";

/** metav1.ListOptions as far as versions are concerned. */
export interface ListOptions {
  /** undefined = the newest state, 0 = any state, else not older than this (or exactly this, see `match`). */
  readonly resourceVersion: number | undefined;
  readonly match: "Exact" | "NotOlderThan" | undefined;
  readonly limit: number;
  readonly continueToken: string | undefined;
  readonly timeoutSeconds: number | undefined;
  readonly allowBookmarks: boolean;
  readonly sendInitialEvents: boolean;
}

/** Throws ApiError for values and combinations that the API server refuses. */
export function listOptionsOf(query: URLSearchParams, verb: "list" | "watch"): ListOptions {
  const match = matchOf(query.get("resourceVersionMatch"));
  const options: ListOptions = {
    resourceVersion: versionOf(query.get("resourceVersion"), verb),
    match,
    limit: Math.max(0, numberOf(query, "limit") ?? 0),
    continueToken: query.get("continue") ?? undefined,
    timeoutSeconds: numberOf(query, "timeoutSeconds"),
    allowBookmarks: query.has("allowWatchBookmarks") && isTrue(query.get("allowWatchBookmarks")),
    sendInitialEvents: query.has("sendInitialEvents") && isTrue(query.get("sendInitialEvents")),
  };
  const problem = combinationProblem(options, query.has("sendInitialEvents"), verb);
  if (problem !== undefined) throw invalid({ group: "meta.k8s.io", kind: "ListOptions" }, "", [problem]);
  return options;
}

function combinationProblem(
  options: ListOptions,
  mentionsInitial: boolean,
  verb: "list" | "watch",
): FieldError | undefined {
  const { match, resourceVersion } = options;
  if (verb === "list") {
    if (mentionsInitial)
      return forbiddenField("sendInitialEvents", "sendInitialEvents is forbidden for list");
    if (match !== undefined && resourceVersion === undefined) {
      return forbiddenField(
        "resourceVersionMatch",
        "resourceVersionMatch is forbidden unless resourceVersion is provided",
      );
    }
    if (match === "Exact" && resourceVersion === 0) {
      return forbiddenField(
        "resourceVersionMatch",
        'resourceVersionMatch "Exact" is forbidden for resourceVersion "0"',
      );
    }
    return undefined;
  }
  if (!mentionsInitial && match !== undefined) {
    const why = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
    return forbiddenField("resourceVersionMatch", why);
  }
  if (mentionsInitial && match !== "NotOlderThan") {
    return forbiddenField(
      "resourceVersionMatch",
      "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
    );
  }
  return undefined;
}

function matchOf(text: string | null): ListOptions["match"] {
  if (text === null || text === "") return undefined;
  if (text === "Exact" || text === "NotOlderThan") return text;
  throw badRequest(
    `resourceVersionMatch: Unsupported value: "${text}": supported values: "Exact", "NotOlderThan"`,
  );
}

function versionOf(text: string | null, verb: "list" | "watch"): number | undefined {
  if (text === null || text === "") return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  const why = `resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`;
  // The API server is not of one mind here: a list answers 400, a watch 500.
  throw verb === "list" ? badRequest(`invalid resource version: ${why}`) : new ApiError(500, undefined, why);
}

function numberOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  if (!/^-?\d+$/.test(text))
    throw badRequest(`${name}: Invalid value: ${JSON.stringify(text)}: must be an integer`);
  return Number(text);
}
