import { describe, expect, test } from "@jest/globals";
import { type MemberlistSecret } from "./memberlist-secret.ts";

export interface MemberlistSecretHarness {
  readonly secret: MemberlistSecret;
  readonly isThere: () => boolean;
  readonly remove: () => void;
}

const { signal } = new AbortController();

/** What every MemberlistSecret has to do. */
export function memberlistSecretContract(name: string, open: () => MemberlistSecretHarness): void {
  describe(`${name} as a MemberlistSecret`, () => {
    test("creates what is missing, once, and again when it is gone", async () => {
      const { secret, isThere, remove } = open();
      expect(await secret.ensure(signal)).toEqual({ at: "created" });
      expect(await secret.ensure(signal)).toEqual({ at: "there" });
      remove();
      expect(isThere()).toBe(false);
      expect(await secret.ensure(signal)).toEqual({ at: "created" });
      expect(isThere()).toBe(true);
    });
  });
}
