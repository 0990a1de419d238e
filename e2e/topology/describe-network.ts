import { describe, jest } from "@jest/globals";
import { whyNotSandboxed } from "./sandbox.ts";

// Each wait has a limit of its own that names what was awaited; jest's is only there to end a hang.
jest.setTimeout(60_000);

/** `describe` for suites of real packets: where no network can be built they are skipped, counted, and say why. */
export function describeNetwork(name: string, body: () => void): void {
  const why = whyNotSandboxed();
  if (why === undefined) describe(name, body);
  else describe.skip(`${name} [skipped: ${why}]`, body);
}
