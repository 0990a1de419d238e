import { describe } from "@jest/globals";
import { whyNotSandboxed } from "./sandbox.ts";

/** `describe` for suites of real packets: where no network can be built they are skipped, counted, and say why. */
export function describeNetwork(name: string, body: () => void): void {
  const why = whyNotSandboxed();
  if (why === undefined) describe(name, body);
  else describe.skip(`${name} [skipped: ${why}]`, body);
}
