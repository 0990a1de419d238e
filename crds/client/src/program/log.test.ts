import { describe, expect, test } from "@jest/globals";
import { createLog, type LogLevel } from "./log.ts";

function logged(level: LogLevel, write: (log: ReturnType<typeof createLog>) => void): unknown[] {
  const lines: string[] = [];
  const out = { write: (line: string) => void lines.push(line) };
  write(createLog({ level, component: "agent" }, { out, timestamp: () => "2026-01-02T03:04:05.000006Z" }));
  return lines.map((line) => JSON.parse(line) as unknown);
}

describe("createLog", () => {
  test("writes level as a word, the time, the component, the fields and the message", () => {
    expect(logged("info", (log) => log.info({ service: "default/web" }, "announced"))).toEqual([
      {
        level: "info",
        ts: "2026-01-02T03:04:05.000006Z",
        component: "agent",
        service: "default/web",
        msg: "announced",
      },
    ]);
  });

  test("writes an error as its message and those of its causes", () => {
    const error = new Error("cannot list", { cause: new Error("reset") });
    expect(logged("info", (log) => log.error({ error }, "failed"))).toMatchObject([
      { error: "cannot list: reset" },
    ]);
  });

  test("does not repeat a cause that the message quotes", () => {
    const error = new Error("GET /x: connection refused", { cause: new Error("connection refused") });
    expect(logged("info", (log) => log.error({ error }, "failed"))).toMatchObject([
      { error: "GET /x: connection refused" },
    ]);
  });

  test.each([
    ["all", ["debug", "info", "warn", "error"]],
    ["debug", ["debug", "info", "warn", "error"]],
    ["info", ["info", "warn", "error"]],
    ["warn", ["warn", "error"]],
    ["error", ["error"]],
    ["none", []],
  ] as const)("level %s lets %j through", (level, expected) => {
    const lines = logged(level, (log) => {
      for (const word of ["debug", "info", "warn", "error"] as const) log[word]({}, word);
    });
    expect(lines.map((line) => (line as { level: string }).level)).toEqual(expected);
  });
});
