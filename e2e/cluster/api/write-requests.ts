import { badRequest, methodNotAllowed, noSuchResource } from "../http/api-error.ts";
import { type ApiAnswer, type ApiRequest, json, warningHeaders } from "../http/exchange.ts";
import { mediaTypeOf, readApplied, readBody, readPatch } from "../http/body.ts";
import { presentList, presentObject } from "../http/present.ts";
import { type ResourcePath } from "../http/route.ts";
import { isObject, type JsonObject } from "../json.ts";
import { resourceKey } from "../resources/definition.ts";
import { applyMediaType, applyPatch } from "../write/apply-patch.ts";
import { createObject } from "../write/create.ts";
import { type Deleted, deleteObject, deleteOptionsOf } from "../write/delete.ts";
import { patchOptionsOf, writeOptionsOf } from "../write/options.ts";
import { patchObject } from "../write/patch-object.ts";
import { asVersion } from "../write/read-object.ts";
import { updateObject } from "../write/update.ts";
import { placeOf, type Target, type Written } from "../write/write-context.ts";
import { type ApiContext } from "./api-context.ts";
import { presentationOf, selectionFor } from "./read-requests.ts";
import { namedTarget, resolveSubresource } from "./resource-target.ts";

/** The answer of a write, and whether the store was changed by it (for the audit). */
export interface WriteAnswer {
  readonly answer: ApiAnswer;
  readonly changed: boolean;
}

export function createRequest(
  context: ApiContext,
  target: Target,
  path: ResourcePath,
  request: ApiRequest,
): WriteAnswer {
  if (path.name !== undefined) throw methodNotAllowed();
  const written = createObject(
    context,
    target,
    objectIn(request),
    writeOptionsOf(request.url.searchParams, "CreateOptions", request.headers["user-agent"]),
  );
  return answerWritten(context, target, request, written, 201);
}

export function updateRequest(
  context: ApiContext,
  target: Target,
  path: ResourcePath,
  request: ApiRequest,
): WriteAnswer {
  const options = writeOptionsOf(request.url.searchParams, "UpdateOptions", request.headers["user-agent"]);
  const subresource = resolveSubresource(target, path);
  const { createsOnUpdate } = target.definition.strategy;
  const name = path.name ?? "";
  if (
    createsOnUpdate &&
    subresource === undefined &&
    context.store.get(placeOf(target, name)) === undefined
  ) {
    return answerWritten(
      context,
      target,
      request,
      createObject(context, target, objectIn(request), options, { pathName: name }),
      201,
    );
  }
  const written = updateObject(context, namedTarget(target, path), subresource, objectIn(request), options);
  return answerWritten(context, target, request, written, 200);
}

export function patchRequest(
  context: ApiContext,
  target: Target,
  path: ResourcePath,
  request: ApiRequest,
): WriteAnswer {
  const contentType = mediaTypeOf(request.headers["content-type"]);
  const isApply = contentType === applyMediaType;
  const options = patchOptionsOf(request.url.searchParams, isApply, request.headers["user-agent"]);
  const subresource = resolveSubresource(target, path);
  const named = namedTarget(target, path);
  if (isApply) {
    const applied = applyPatch(context, named, subresource, readApplied(request.body), options);
    return answerWritten(context, target, request, applied, applied.created ? 201 : 200);
  }
  const patch = { contentType, read: () => readPatch(request.body) };
  const written = patchObject(context, named, subresource, patch, options);
  return answerWritten(context, target, request, written, 200);
}

export function deleteRequest(
  context: ApiContext,
  target: Target,
  path: ResourcePath,
  request: ApiRequest,
): WriteAnswer {
  if (path.subresource !== undefined) throw noSuchResource();
  const options = deleteOptionsOf(
    readBody(request.body, request.headers["content-type"]),
    request.url.searchParams,
  );
  const deleted = deleteObject(context, namedTarget(target, path), options);
  return { answer: answerDeleted(context, target, request, deleted), changed: deleted.changed };
}

export function deleteCollectionRequest(
  context: ApiContext,
  target: Target,
  request: ApiRequest,
): WriteAnswer {
  const { searchParams } = request.url;
  const options = deleteOptionsOf(readBody(request.body, request.headers["content-type"]), searchParams);
  const selected = context.store
    .list(resourceKey(target.definition))
    .filter(selectionFor(target, searchParams));
  const deleted = selected.map((object) => {
    const { namespace, name = "" } = object.metadata;
    return deleteObject(context, { ...target, namespace, name }, options);
  });
  const shown = deleted.map(({ object }) => asVersion(object, target.definition, target.version));
  const meta = { resourceVersion: String(context.store.revision) };
  const answer = json(presentList(target, shown, meta, presentationOf(context, request)));
  return { answer, changed: deleted.some(({ changed }) => changed) };
}

function objectIn(request: ApiRequest): JsonObject {
  const body = readBody(request.body, request.headers["content-type"]);
  if (!isObject(body))
    throw badRequest("the object provided is unrecognized: the body of the request is not an object");
  return body;
}

function answerWritten(
  context: ApiContext,
  target: Target,
  request: ApiRequest,
  written: Written,
  status: number,
): WriteAnswer {
  const shown = presentObject(target, written.object, presentationOf(context, request));
  return { answer: json(shown, status, warningHeaders(written.warnings)), changed: written.changed };
}

/** What is gone is answered with a Status, what finalizers still hold (and a Service or Pod) with the object. */
function answerDeleted(
  context: ApiContext,
  target: Target,
  request: ApiRequest,
  { object, gone }: Deleted,
): ApiAnswer {
  const { definition, version } = target;
  if (!gone || definition.strategy.deleteReturnsObject) {
    return json(
      presentObject(target, asVersion(object, definition, version), presentationOf(context, request)),
    );
  }
  const { name, uid } = object.metadata;
  const group = definition.group === "" ? {} : { group: definition.group };
  const details = { name, ...group, kind: definition.plural, uid };
  return json({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details });
}
