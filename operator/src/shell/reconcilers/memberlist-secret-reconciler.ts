import { assertNever, type Millis } from "@steelyard/model/foundation";
import { type Log } from "../../ports/log.ts";
import { type MemberlistSecret } from "../../ports/memberlist-secret.ts";
import { again } from "../queue/outcome.ts";
import { type Work } from "../queue/work-queue.ts";

/** It is not watched: agents that run have the key, and new ones wait for it. */
const checkEveryMs: Millis = 60_000;
/** Whoever changes a role looks at the result within minutes. */
const deniedRetryMs: Millis = 300_000;
const unknownRetryMs: Millis = 5_000;

/** Sees to it that the Secret with the key of the agents' gossip is there, and makes it anew when it is deleted. */
export function memberlistSecretReconciler(secret: MemberlistSecret, { log }: { readonly log: Log }): Work {
  let told: string | undefined;
  return async (_only, { signal }) => {
    const state = await secret.ensure(signal);
    switch (state.at) {
      case "created":
        log.info({}, "the Secret with the key of the agents' gossip was missing and has been created");
        told = undefined;
        return again(checkEveryMs);
      case "there":
        told = undefined;
        return again(checkEveryMs);
      case "denied":
        if (told !== state.problem) log.warn({}, state.problem);
        told = state.problem;
        return again(deniedRetryMs);
      case "unknown":
        log.debug({}, state.problem);
        return again(unknownRetryMs);
      default:
        return assertNever(state);
    }
  };
}
