import { type DestinationStream, destination, type Logger, pino, type LevelWithSilent } from "pino";
import { systemClock } from "../clock.ts";
import { BurstOutput } from "./burst-output.ts";

/** MetalLB's words for `--log-level` (reference metallb.md, section 6.3). */
export const logLevels = ["all", "debug", "info", "warn", "error", "none"] as const;

export type LogLevel = (typeof logLevels)[number];

const pinoLevels: Record<LogLevel, LevelWithSilent> = {
  all: "trace",
  debug: "debug",
  info: "info",
  warn: "warn",
  error: "error",
  none: "silent",
};

export interface LogOptions {
  readonly level: LogLevel;
  /** Names the program in every line. */
  readonly component: string;
}

export interface LogDeps {
  readonly timestamp?: () => string;
  readonly out?: DestinationStream;
}

/**
 * The log of a program: JSON lines on standard output with `level`, `ts` (RFC 3339), `component`, the fields and `msg`.
 * Nothing of it is lost at the end of the process, however that comes about short of SIGKILL: the last line before a
 * crash is the one that matters.
 */
export function createLog(options: LogOptions, deps: LogDeps = {}): Logger {
  const timestamp = deps.timestamp ?? (() => systemClock.timestamp());
  return pino(
    {
      level: pinoLevels[options.level],
      base: { component: options.component },
      timestamp: () => `,"ts":"${timestamp()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: describeError, err: describeError },
    },
    deps.out ?? standardOutput(),
  );
}

function standardOutput(): DestinationStream {
  const output = new BurstOutput(destination({ fd: 1, sync: true }), { clock: systemClock });
  process.once("exit", () => output.flush());
  return output;
}

/**
 * The messages of an error and of its causes, outermost first; one that the message before quotes already is left out.
 * A stack in a log line helps nobody who runs a cluster.
 */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const cause = error.cause === undefined ? "" : String(describeError(error.cause));
  return error.message.includes(cause) ? error.message : `${error.message}: ${cause}`;
}
