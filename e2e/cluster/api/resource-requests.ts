import { methodNotAllowed } from "../http/api-error.ts";
import { type ApiAnswer, type ApiRequest } from "../http/exchange.ts";
import { type ResourcePath, type Verb } from "../http/route.ts";
import { type Target } from "../write/write-context.ts";
import { type ApiContext } from "./api-context.ts";
import { getRequest, listRequest, watchRequest } from "./read-requests.ts";
import { resolveTarget } from "./resource-target.ts";
import {
  createRequest,
  deleteCollectionRequest,
  deleteRequest,
  patchRequest,
  updateRequest,
  type WriteAnswer,
} from "./write-requests.ts";

/** Carries out a request about a resource. Throws ApiError. */
export function resourceRequest(
  context: ApiContext,
  path: ResourcePath,
  verb: Verb,
  request: ApiRequest,
): WriteAnswer {
  const target = resolveTarget(context, path, verb);
  switch (verb) {
    case "get":
      return read(getRequest(context, target, path, request));
    case "list":
      return read(listRequest(context, target, request));
    case "watch":
      return read(watchRequest(context, target, request));
    case "create":
      return createRequest(context, target, path, request);
    case "update":
      return updateRequest(context, target, path, request);
    case "patch":
      return patchRequest(context, target, path, request);
    case "delete":
      return deleteRequest(context, target, path, request);
    case "deletecollection":
      if (isNamespaceResource(target)) throw methodNotAllowed();
      return deleteCollectionRequest(context, target, request);
  }
}

function read(answer: ApiAnswer): WriteAnswer {
  return { answer, changed: false };
}

/** All namespaces at once cannot be deleted: the API server has no such verb for them. */
function isNamespaceResource({ definition }: Target): boolean {
  return definition.group === "" && definition.plural === "namespaces";
}
