import { execFile } from "node:child_process";

export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that ended badly; the message holds what it printed. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** Runs a program to its end and gives its output whatever its status; at most `timeoutMillis`, then it is killed. */
export function attempt(
  program: string,
  args: readonly string[],
  options: { timeoutMillis?: number; input?: string } = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      [...args],
      { timeout: options.timeoutMillis ?? 30_000, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        resolve({ status, stdout, stderr: stderr === "" && error !== null ? error.message : stderr });
      },
    );
    // A program that reads nothing may be gone before an empty input reaches it.
    if (options.input === undefined) child.stdin?.destroy();
    else child.stdin?.end(options.input);
  });
}

/** Runs a program that has to succeed; gives its standard output. Throws CommandError. */
export async function command(
  program: string,
  args: readonly string[],
  options: { timeoutMillis?: number; input?: string } = {},
): Promise<string> {
  const result = await attempt(program, args, options);
  if (result.status === 0) return result.stdout;
  throw new CommandError(`${program} ${args.join(" ")} ended with ${result.status}: ${result.stderr.trim()}`);
}
