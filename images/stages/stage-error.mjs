/** One sentence for whoever builds: what is missing and what to do about it. */
export class StageError extends Error {
  name = "StageError";
}

/** Throws when `reason`, which is what a command gave that failed, is one. */
export function need(what, reason) {
  if (reason !== undefined) throw new StageError(`${what}: ${reason}`);
}
