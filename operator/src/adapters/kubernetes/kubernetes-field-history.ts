import { isKubeError, type KubeClient, parseKeyText, services } from "@steelyard/client";
import { type Millis } from "@steelyard/model/foundation";
import { type ManagedFieldsEntry } from "@steelyard/model/resources";
import { type FieldHistory } from "../../ports/field-history.ts";

const timeoutMs: Millis = 4_000;

/** Reads a Service whole: the copies from the watch come without `managedFields`, which are as long as all the rest. */
export class KubernetesFieldHistory implements FieldHistory {
  readonly #client: Pick<KubeClient, "get">;

  constructor(deps: { readonly client: Pick<KubeClient, "get"> }) {
    this.#client = deps.client;
  }

  async ofService(key: string, signal: AbortSignal): Promise<readonly ManagedFieldsEntry[]> {
    try {
      const service: unknown = await this.#client.get(services, parseKeyText(key), { signal, timeoutMs });
      return (service as WithManagedFields).metadata.managedFields ?? [];
    } catch (error) {
      if (isKubeError(error) && error.code === "not-found") return [];
      throw error;
    }
  }
}

interface WithManagedFields {
  readonly metadata: { readonly managedFields?: readonly ManagedFieldsEntry[] };
}
