import { type LogSink } from "../log-sink.ts";

export interface LogEntry {
  readonly level: keyof LogSink;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** Keeps what was logged, for a test to look at. */
export class RecordingLog implements LogSink {
  readonly entries: LogEntry[] = [];

  debug(fields: object, message: string): void {
    this.entries.push({ level: "debug", fields: { ...fields }, message });
  }

  info(fields: object, message: string): void {
    this.entries.push({ level: "info", fields: { ...fields }, message });
  }

  warn(fields: object, message: string): void {
    this.entries.push({ level: "warn", fields: { ...fields }, message });
  }

  error(fields: object, message: string): void {
    this.entries.push({ level: "error", fields: { ...fields }, message });
  }

  /** Messages of one level, in order. */
  at(level: keyof LogSink): readonly string[] {
    return this.entries.filter((entry) => entry.level === level).map((entry) => entry.message);
  }
}
