import { type LogSink } from "@steelyard/client";

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Keeps every line. */
export class RecordingLog implements LogSink {
  readonly lines: LogLine[] = [];

  debug(fields: object, message: string): void {
    this.#keep("debug", fields, message);
  }

  info(fields: object, message: string): void {
    this.#keep("info", fields, message);
  }

  warn(fields: object, message: string): void {
    this.#keep("warn", fields, message);
  }

  error(fields: object, message: string): void {
    this.#keep("error", fields, message);
  }

  /** Lines of that level, as `<message> <fields as JSON>`. */
  at(level: LogLine["level"]): readonly string[] {
    return this.lines
      .filter((line) => line.level === level)
      .map(({ message, fields }) => `${message} ${textOf(fields)}`);
  }

  #keep(level: LogLine["level"], fields: object, message: string): void {
    this.lines.push({ level, message, fields: { ...fields } });
  }
}

function textOf(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(fields, (_key, value: unknown) => (value instanceof Error ? value.message : value));
}
