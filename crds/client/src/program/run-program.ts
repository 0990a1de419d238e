import { type Millis } from "@steelyard/model/foundation";
import { isKubeError } from "../errors.ts";

/** What runProgram needs of the process; a test gives its own. */
export interface ProcessHost {
  on(signal: "SIGTERM" | "SIGINT", handler: () => void): unknown;
  exit(code: number): void;
  readonly stderr: { write(text: string): unknown };
}

/** Less than the second within which a program that promises nothing else is gone. */
const usualStopDeadline: Millis = 900;

/** What the caller can put right on the command line or in its environment, such as a kubeconfig that is not there. */
const wrongUsage = 2;

/**
 * Runs a program until `main` gives its exit code. SIGTERM or SIGINT aborts the signal, once; a second one, or the
 * deadline without an end (900 ms unless given), ends the process with 1. An error that leaves `main` is printed as one sentence; exit code 2 when the configuration is to blame, else 1.
 */
export function runProgram(
  main: (signal: AbortSignal) => Promise<number>,
  host: ProcessHost = process,
  { stopDeadlineMs = usualStopDeadline }: { readonly stopDeadlineMs?: Millis } = {},
): void {
  const stop = new AbortController();
  const onSignal = (): void => {
    if (stop.signal.aborted) return host.exit(1);
    setTimeout(() => giveUp(host, stopDeadlineMs), stopDeadlineMs).unref();
    stop.abort();
  };
  host.on("SIGTERM", onSignal);
  host.on("SIGINT", onSignal);
  // Leaving by exit() and not by an empty event loop: a keep-alive connection must not delay the end.
  main(stop.signal).then(
    (code) => host.exit(code),
    (error: unknown) => {
      host.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      host.exit(isKubeError(error, "configuration") ? wrongUsage : 1);
    },
  );
}

function giveUp(host: ProcessHost, stopDeadlineMs: Millis): void {
  host.stderr.write(`did not stop within ${stopDeadlineMs} ms after the signal\n`);
  host.exit(1);
}
