import { type ManagedFieldsEntry } from "@steelyard/model/resources";

/** What the API server remembers of who wrote which field. */
export interface FieldHistory {
  /**
   * `metadata.managedFields` of a Service (`namespace/name`) as it is now; empty when it is gone, or nothing is recorded.
   * Rejects when there is no answer.
   */
  ofService(key: string, signal: AbortSignal): Promise<readonly ManagedFieldsEntry[]>;
}
