import { isKubeError, type KubeTransport, type ResourceType } from "@steelyard/client";
import { isJsonObject } from "@steelyard/model/foundation";

/**
 * Which of the given kinds the API server serves in their versions. Every account may ask that.
 *
 * Errors: KubeError
 */
export async function servedKinds(
  types: readonly ResourceType[],
  transport: Pick<KubeTransport, "request">,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const paths = new Set(types.map(pathOf));
  const served = new Map<string, readonly string[]>();
  for (const path of paths) served.set(path, await kindsAt(path, transport, signal));
  return types.filter((type) => served.get(pathOf(type))?.includes(type.kind)).map(({ kind }) => kind);
}

function pathOf({ group, version }: ResourceType): string {
  return `/apis/${group}/${version}`;
}

async function kindsAt(
  path: string,
  transport: Pick<KubeTransport, "request">,
  signal: AbortSignal,
): Promise<readonly string[]> {
  try {
    const { body } = await transport.request({ method: "GET", path, timeoutMs: 4_000, signal });
    const resources = isJsonObject(body) ? body["resources"] : undefined;
    if (!Array.isArray(resources)) return [];
    return resources.flatMap((resource: unknown) =>
      isJsonObject(resource) && typeof resource["kind"] === "string" ? [resource["kind"]] : [],
    );
  } catch (error) {
    if (isKubeError(error, "not-found")) return [];
    throw error;
  }
}
