import type { SystemError } from "../../../native/addon.d.ts";

/** Whether the kernel refused, as opposed to a fault of ours (a TypeError of the addon carries no `syscall`). */
export function isSystemError(error: unknown): error is SystemError {
  return (
    typeof error === "object" &&
    error !== null &&
    typeof (error as Partial<SystemError>).code === "string" &&
    typeof (error as Partial<SystemError>).syscall === "string"
  );
}
