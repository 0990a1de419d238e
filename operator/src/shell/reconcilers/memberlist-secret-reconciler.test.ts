import { expect, test } from "@jest/globals";
import { MemoryMemberlistSecret } from "../../adapters/memory/memory-memberlist-secret.ts";
import { RememberingLog } from "../testing/remembering-log.ts";
import { memberlistSecretReconciler } from "./memberlist-secret-reconciler.ts";

const context = { signal: new AbortController().signal, attempt: 1 };

test("looks once a minute, and makes what is missing anew", async () => {
  const secret = new MemoryMemberlistSecret();
  const log = new RememberingLog();
  const work = memberlistSecretReconciler(secret, { log });
  expect(await work("cluster", context)).toEqual({ is: "again", afterMs: 60_000 });
  expect(await work("cluster", context)).toEqual({ is: "again", afterMs: 60_000 });
  expect(log.lines).toHaveLength(1);
  secret.isThere = false;
  await work("cluster", context);
  expect(log.lines).toHaveLength(2);
});

test("says once that it may not, and tries again later", async () => {
  const secret = new MemoryMemberlistSecret();
  const log = new RememberingLog();
  const denied = { at: "denied", problem: "Secret x was not created: forbidden" } as const;
  secret.answers.push(denied, denied, { at: "unknown", problem: "reset" });
  const work = memberlistSecretReconciler(secret, { log });
  expect(await work("cluster", context)).toEqual({ is: "again", afterMs: 300_000 });
  await work("cluster", context);
  expect(log.lines).toEqual(["warn Secret x was not created: forbidden"]);
  expect(await work("cluster", context)).toEqual({ is: "again", afterMs: 5_000 });
});
