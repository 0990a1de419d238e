import { describe, expect, test } from "@jest/globals";
import { type StateStore } from "./state-store.ts";

/** @param open the same store again each time it is called within one test */
export function stateStoreContract(name: string, open: () => () => Promise<StateStore>): void {
  describe(`the contract of StateStore, kept by ${name}`, () => {
    test("what was never kept is undefined", async () => {
      const store = await open()();
      expect(await store.read()).toBeUndefined();
    });

    test("what was written last is read, by a later program too", async () => {
      const openAgain = open();
      const store = await openAgain();
      await store.write("a longer text, before");
      await store.write("ä short one");
      expect(await store.read()).toBe("ä short one");
      expect(await (await openAgain()).read()).toBe("ä short one");
    });

    test("says where it keeps it", async () => {
      expect((await open()()).place).not.toBe("");
    });
  });
}
