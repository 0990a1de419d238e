import { beforeEach, describe, expect, test } from "@jest/globals";
import { type ManagedFieldsEntry } from "@steelyard/model/resources";
import { type FieldHistory } from "./field-history.ts";

export interface FieldHistoryHarness {
  readonly history: FieldHistory;
  /** Stores a Service with this record; undefined = without any. */
  readonly putService: (key: string, managedFields: readonly ManagedFieldsEntry[] | undefined) => void;
}

const { signal } = new AbortController();
const entry: ManagedFieldsEntry = {
  manager: "kubectl-create",
  operation: "Update",
  time: "2026-11-22T08:00:00Z",
  fieldsV1: { "f:spec": { "f:type": {} } },
};

/** What every FieldHistory has to do. */
export function fieldHistoryContract(name: string, makeHarness: () => FieldHistoryHarness): void {
  describe(`${name} as a FieldHistory`, () => {
    let harness: FieldHistoryHarness;

    beforeEach(() => {
      harness = makeHarness();
    });

    test("tells who wrote a Service", async () => {
      harness.putService("shop/web", [entry]);
      expect(await harness.history.ofService("shop/web", signal)).toEqual([entry]);
    });

    test("tells nothing where there is nothing", async () => {
      harness.putService("shop/web", undefined);
      expect(await harness.history.ofService("shop/web", signal)).toEqual([]);
      expect(await harness.history.ofService("shop/none", signal)).toEqual([]);
    });
  });
}
