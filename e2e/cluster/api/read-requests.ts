import { notFound } from "../http/api-error.ts";
import { type ApiAnswer, type ApiRequest, json } from "../http/exchange.ts";
import { negotiateView } from "../http/negotiate.ts";
import { type Presentation, presentEvent, presentList, presentObject } from "../http/present.ts";
import { type ResourcePath } from "../http/route.ts";
import { type JsonObject, type KubeObject } from "../json.ts";
import { type IncludedObject } from "../printers/table.ts";
import { apiVersionOf, resourceKey } from "../resources/definition.ts";
import { listPage } from "../store/list-page.ts";
import { selectionOf, type Selection } from "../store/selection.ts";
import { listOptionsOf } from "../watch/list-options.ts";
import { WatchStream } from "../watch/watch-stream.ts";
import { asVersion } from "../write/read-object.ts";
import { placeOf, resourceNameOf, type Target } from "../write/write-context.ts";
import { type ApiContext } from "./api-context.ts";
import { namedTarget, resolveSubresource } from "./resource-target.ts";

export function getRequest(
  context: ApiContext,
  target: Target,
  path: ResourcePath,
  request: ApiRequest,
): ApiAnswer {
  resolveSubresource(target, path);
  const { name } = namedTarget(target, path);
  const stored = context.store.get(placeOf(target, name));
  if (stored === undefined) throw notFound(resourceNameOf(target), name);
  const shown = asVersion(stored, target.definition, target.version);
  return json(presentObject(target, shown, presentationOf(context, request)));
}

export function listRequest(context: ApiContext, target: Target, request: ApiRequest): ApiAnswer {
  const { searchParams } = request.url;
  const options = listOptionsOf(searchParams, "list");
  const isSelective = searchParams.has("labelSelector") || searchParams.has("fieldSelector");
  const resource = resourceKey(target.definition);
  const page = listPage(context.store, resource, selectionFor(target, searchParams), options, isSelective);
  const shown = page.objects.map((object) => asVersion(object, target.definition, target.version));
  return json(presentList(target, shown, page.meta, presentationOf(context, request)));
}

export function watchRequest(context: ApiContext, target: Target, request: ApiRequest): ApiAnswer {
  const { searchParams } = request.url;
  const options = listOptionsOf(searchParams, "watch");
  const selection = selectionFor(target, searchParams);
  const how = presentationOf(context, request);
  const { definition, version } = target;
  const present = (object: KubeObject, isFirst: boolean): JsonObject =>
    presentEvent(
      target,
      asVersion(object, definition, version),
      { ...how, nowMillis: now(context) },
      isFirst,
    );
  const empty = (metadata: JsonObject): KubeObject => ({
    kind: definition.kind,
    apiVersion: apiVersionOf(definition.group, version.name),
    metadata,
  });
  const { store, clock, bookmarkMillis } = context;
  const source = {
    store,
    clock,
    bookmarkMillis,
    resource: resourceKey(definition),
    selection,
    options,
    present,
    empty,
  };
  return {
    kind: "events",
    start: (sink) => {
      const stream = new WatchStream(source, sink);
      const forget = context.watches.add(stream);
      stream.start();
      return () => {
        forget();
        stream.stop();
      };
    },
  };
}

/** Which objects of the target a query selects. */
export function selectionFor(target: Target, query: URLSearchParams): Selection {
  return selectionOf(query, {
    namespace: target.namespace,
    selectableFields: target.definition.selectableFields,
  });
}

export function presentationOf(context: ApiContext, request: ApiRequest): Presentation {
  return {
    view: negotiateView(request.headers.accept),
    include: includedOf(request.url.searchParams.get("includeObject")),
    nowMillis: now(context),
  };
}

function now(context: ApiContext): number {
  return Date.parse(context.clock.timestamp());
}

function includedOf(text: string | null): IncludedObject {
  return text === "None" || text === "Object" ? text : "Metadata";
}
