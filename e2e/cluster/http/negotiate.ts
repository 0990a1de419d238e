import { notAcceptable } from "./api-error.ts";

/** In which form a client wants to see objects. */
export type View = "json" | "table" | "partial";

interface Accepted {
  readonly mediaType: string;
  readonly parameters: ReadonlyMap<string, string>;
}

function parseAccept(header: string | undefined): readonly Accepted[] {
  return (header ?? "*/*").split(",").map((part) => {
    const [mediaType = "", ...parameters] = part.split(";").map((piece) => piece.trim());
    const pairs = parameters.map((text) => {
      const [key = "", value = ""] = text.split("=");
      return [key, value] as const;
    });
    return { mediaType: mediaType.toLowerCase(), parameters: new Map(pairs) };
  });
}

const jsonTypes = ["application/json", "application/*", "*/*", "application/yaml"];

/** The first form of the Accept header that this server can give. Throws ApiError 406 when there is none. */
export function negotiateView(header: string | undefined): View {
  for (const { mediaType, parameters } of parseAccept(header)) {
    if (!jsonTypes.includes(mediaType)) continue;
    const as = parameters.get("as");
    if (as === undefined) return "json";
    if (parameters.get("g") !== "meta.k8s.io" || parameters.get("v") !== "v1") continue;
    if (as === "Table") return "table";
    if (as === "PartialObjectMetadata" || as === "PartialObjectMetadataList") return "partial";
  }
  throw notAcceptable("application/json");
}

/** Whether the client takes discovery of all groups in one document (apidiscovery.k8s.io/v2). */
export function wantsAggregatedDiscovery(header: string | undefined): boolean {
  const first = parseAccept(header).find(({ mediaType }) => jsonTypes.includes(mediaType));
  const { parameters } = first ?? { parameters: new Map<string, string>() };
  return parameters.get("g") === "apidiscovery.k8s.io" && parameters.get("v") === "v2";
}
