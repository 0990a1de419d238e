import { describe, expect, jest, test } from "@jest/globals";
import { EventEmitter } from "node:events";
import { KubeError } from "../errors.ts";
import { type ProcessHost, runProgram } from "./run-program.ts";

class FakeProcess extends EventEmitter implements ProcessHost {
  readonly errors: string[] = [];
  readonly stderr = { write: (text: string) => this.errors.push(text) };
  readonly exits: number[] = [];
  readonly exited: Promise<number>;
  #resolve: (code: number) => void = () => undefined;

  constructor() {
    super();
    this.exited = new Promise((resolve) => (this.#resolve = resolve));
  }

  exit(code: number): void {
    this.exits.push(code);
    this.#resolve(code);
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}

describe("runProgram", () => {
  test("exits with the code that main gives", async () => {
    const host = new FakeProcess();
    runProgram(() => Promise.resolve(2), host);
    expect(await host.exited).toBe(2);
  });

  test.each(["SIGTERM", "SIGINT"] as const)(
    "%s aborts the signal, and main ends the program",
    async (signal) => {
      const host = new FakeProcess();
      runProgram((stop) => untilAborted(stop).then(() => 0), host);
      host.emit(signal);
      expect(await host.exited).toBe(0);
      expect(host.errors).toEqual([]);
    },
  );

  test("an error that leaves main is one sentence and exit code 1", async () => {
    const host = new FakeProcess();
    runProgram(() => Promise.reject(new Error("cannot reach the API server")), host);
    expect(await host.exited).toBe(1);
    expect(host.errors).toEqual(["cannot reach the API server\n"]);
  });

  test("a configuration that cannot be used is the caller's to mend: exit code 2", async () => {
    const host = new FakeProcess();
    const message = "kubeconfig /etc/k: no such file";
    runProgram(() => Promise.reject(new KubeError({ code: "configuration", message })), host);
    expect(await host.exited).toBe(2);
    expect(host.errors).toEqual([`${message}\n`]);
  });

  test("a main that does not stop is ended after 900 ms", () => {
    jest.useFakeTimers();
    try {
      const host = new FakeProcess();
      runProgram(() => new Promise(() => undefined), host);
      host.emit("SIGTERM");
      jest.advanceTimersByTime(899);
      expect(host.exits).toEqual([]);
      jest.advanceTimersByTime(1);
      expect(host.exits).toEqual([1]);
      expect(host.errors).toEqual(["did not stop within 900 ms after the signal\n"]);
    } finally {
      jest.useRealTimers();
    }
  });

  test("… or when the time it has asked for is over", () => {
    jest.useFakeTimers();
    try {
      const host = new FakeProcess();
      runProgram(() => new Promise(() => undefined), host, { stopDeadlineMs: 1900 });
      host.emit("SIGTERM");
      jest.advanceTimersByTime(1899);
      expect(host.exits).toEqual([]);
      jest.advanceTimersByTime(1);
      expect(host.errors).toEqual(["did not stop within 1900 ms after the signal\n"]);
    } finally {
      jest.useRealTimers();
    }
  });

  test("a second signal ends it at once", () => {
    const host = new FakeProcess();
    runProgram(() => new Promise(() => undefined), host);
    host.emit("SIGTERM");
    host.emit("SIGTERM");
    expect(host.exits).toEqual([1]);
  });
});
