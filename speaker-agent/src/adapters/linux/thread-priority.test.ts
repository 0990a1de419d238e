import { execFileSync } from "node:child_process";
import { expect, test } from "@jest/globals";
import { RecordingLog } from "@steelyard/client/testing";
import { describeWithAddon } from "./testing/namespaces.ts";
import { ThreadPriority } from "./thread-priority.ts";

test("a thread that may not hurry goes on as it is, and says so once per change", () => {
  const refusal = Object.assign(new Error("sched_setscheduler EPERM"), {
    code: "EPERM",
    errno: 1,
    syscall: "sched_setscheduler",
  });
  const log = new RecordingLog();
  const setThreadPriority = (): never => {
    throw refusal;
  };
  new ThreadPriority({ setThreadPriority }, log).hurry(true);
  expect(log.entries.map(({ level, fields }) => [level, fields])).toEqual([
    ["info", { error: "sched_setscheduler EPERM" }],
  ]);
});

test("a fault of ours is none of the kernel's", () => {
  const setThreadPriority = (): never => {
    throw new TypeError("setThreadPriority: priority must be an integer");
  };
  expect(() => new ThreadPriority({ setThreadPriority }, new RecordingLog()).hurry(true)).toThrow(TypeError);
});

describeWithAddon("the priority of a thread", () => {
  // In a process of its own: this one's threads are the test runner's.
  const run = (body: string): string => {
    const program = `
      const addon = require(${JSON.stringify(new URL("../../../native/build/steelyard.node", import.meta.url).pathname)});
      const { readFileSync } = require("node:fs");
      const { Worker, isMainThread } = require("node:worker_threads");
      const policy = () => readFileSync("/proc/thread-self/stat", "utf8").split(") ")[1].split(" ")[38];
      ${body}`;
    return execFileSync(process.execPath, ["-e", program], { encoding: "utf8" }).trim();
  };

  test("is its own, and taken back", () => {
    const told = run(`try {
      addon.setThreadPriority(1);
      const raised = policy();
      addon.setThreadPriority(0);
      console.log(raised, policy());
    } catch (error) { console.log(error.code); }`);
    expect(["2 0", "EPERM"]).toContain(told);
  });
});
