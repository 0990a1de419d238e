import { keyText } from "../resource-types.ts";

/** What every stored object carries, taken out of its raw form. */
export interface ObjectIdentity {
  readonly key: string;
  readonly resourceVersion: string;
}

/** Reads the identity of a raw object; undefined if it has no name, which no API server should send. */
export function identify(raw: unknown): ObjectIdentity | undefined {
  const metadata = metadataOf(raw);
  const { name, namespace, resourceVersion } = metadata;
  if (typeof name !== "string" || name === "") return undefined;
  return {
    key: keyText(typeof namespace === "string" ? { namespace, name } : { name }),
    resourceVersion: typeof resourceVersion === "string" ? resourceVersion : "",
  };
}

interface RawMetadata {
  readonly name?: unknown;
  readonly namespace?: unknown;
  readonly resourceVersion?: unknown;
  readonly annotations?: Readonly<Record<string, unknown>> | null;
}

export function metadataOf(raw: unknown): RawMetadata {
  if (typeof raw !== "object" || raw === null || !("metadata" in raw)) return {};
  return typeof raw.metadata === "object" && raw.metadata !== null ? raw.metadata : {};
}
