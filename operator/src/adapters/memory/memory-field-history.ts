import { type ManagedFieldsEntry } from "@steelyard/model/resources";
import { type FieldHistory } from "../../ports/field-history.ts";

/** What a test says that the API server remembers. */
export class MemoryFieldHistory implements FieldHistory {
  readonly services = new Map<string, readonly ManagedFieldsEntry[]>();
  /** How often it was asked. */
  questions = 0;

  async ofService(key: string): Promise<readonly ManagedFieldsEntry[]> {
    this.questions += 1;
    return this.services.get(key) ?? [];
  }
}
