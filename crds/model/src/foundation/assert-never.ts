/** Ends a switch over a closed union: a member that was forgotten is a compile error. */
export function assertNever(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
