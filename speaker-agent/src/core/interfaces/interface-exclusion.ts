import { err, ok, type Result } from "@steelyard/model/foundation";

/** Says of an interface name whether it is excluded from announcing. */
export type InterfaceExclusion = (name: string) => boolean;

/**
 * Parses the unanchored expression over interface names (reference metallb.md, section 4.4); undefined excludes nothing.
 * The error is one sentence that names the expression.
 */
export function parseInterfaceExclusion(source: string | undefined): Result<InterfaceExclusion, string> {
  if (source === undefined || source === "") return ok(() => false);
  try {
    const expression = new RegExp(source);
    return ok((name) => expression.test(name));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return err(`the expression ${JSON.stringify(source)} for excluded interfaces cannot be read: ${why}`);
  }
}
