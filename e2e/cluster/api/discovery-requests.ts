import { aggregatedDiscovery, aggregatedMediaType } from "../discovery/aggregated.ts";
import { groupsOf } from "../discovery/groups.ts";
import { apiGroup, apiGroupList, apiResourceList, apiVersions } from "../discovery/legacy.ts";
import { openApiDocument, openApiIndex, pathOf } from "../discovery/openapi-v3.ts";
import { serverVersion } from "../discovery/version.ts";
import { type ApiAnswer, type ApiRequest, json } from "../http/exchange.ts";
import { wantsAggregatedDiscovery } from "../http/negotiate.ts";
import { type ApiContext } from "./api-context.ts";

/** Discovery, version, OpenAPI and health; undefined for any other path. */
export function discoveryRequest(context: ApiContext, request: ApiRequest): ApiAnswer | undefined {
  const path = request.url.pathname.replace(/^\/+|\/+$/g, "");
  switch (path) {
    case "healthz":
    case "livez":
    case "readyz":
      return { kind: "text", status: 200, body: "ok" };
    case "version":
      return json(serverVersion);
    case "api":
    case "apis":
      return rootRequest(context, request, path);
    case "openapi/v3":
      return json(openApiIndex(groupsOf(context.registry)));
    default:
      return groupRequest(context, path);
  }
}

function rootRequest(context: ApiContext, request: ApiRequest, root: "api" | "apis"): ApiAnswer {
  const groups = groupsOf(context.registry);
  if (wantsAggregatedDiscovery(request.headers.accept)) {
    const shown = groups.filter(({ name }) => (name === "") === (root === "api"));
    return json(aggregatedDiscovery(shown), 200, { "content-type": aggregatedMediaType, vary: "Accept" });
  }
  return json(root === "api" ? apiVersions(groups, context.address()) : apiGroupList(groups));
}

function groupRequest(context: ApiContext, path: string): ApiAnswer | undefined {
  for (const group of groupsOf(context.registry)) {
    if (group.name !== "" && path === `apis/${group.name}`) return json(apiGroup(group));
    for (const version of group.versions) {
      const own = pathOf(group.name, version.version);
      if (path === own) return json(apiResourceList(group.name, version));
      if (path === `openapi/v3/${own}`) return json(openApiDocument(group.name, version));
    }
  }
  return undefined;
}
