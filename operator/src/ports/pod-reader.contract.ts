import { describe, expect, test } from "@jest/globals";
import { type PodReader } from "./pod-reader.ts";

export interface PodReaderHarness {
  readonly reader: PodReader;
  /** A pod that is pending. */
  readonly putPod: (namespace: string, name: string, labels: Readonly<Record<string, string>>) => void;
}

const { signal } = new AbortController();

/** What every PodReader has to do. */
export function podReaderContract(name: string, open: () => PodReaderHarness): void {
  describe(`${name} as a PodReader`, () => {
    test("tells names, labels and why pods are not ready, of one namespace", async () => {
      const { reader, putPod } = open();
      putPod("shop", "web-1", { app: "web" });
      putPod("other", "db-1", { app: "db" });
      expect(await reader.podsOf("shop", signal)).toEqual([
        { name: "web-1", labels: { app: "web" }, whyNotReady: "is Pending" },
      ]);
      expect(await reader.podsOf("empty", signal)).toEqual([]);
    });
  });
}
