import { describe } from "@jest/globals";
import { describeNetwork } from "../../topology/describe-network.ts";
import { type ImageName, whyNoImage } from "../../topology/image.ts";
import { hasOnlyRoot, whyNotSandboxed } from "../../topology/sandbox.ts";

/** `describeNetwork` for what runs out of images: skipped, counted, with the reason, where these are not. */
export function describeImage(name: string, images: readonly ImageName[], body: () => void): void {
  const why = images.map(whyNoImage).find((reason) => reason !== undefined);
  if (why === undefined || whyNotSandboxed() !== undefined) describeNetwork(name, body);
  else describe.skip(`${name} [skipped: ${why}]`, body);
}

/** Why nobody but root can run here, or undefined. */
export function whyOnlyRoot(): string | undefined {
  if (whyNotSandboxed() !== undefined || !hasOnlyRoot()) return undefined;
  return "this sandbox has no user but root";
}
