import { describe, expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

// In a process of its own: what V8 is told here it would remember for all other tests.
const module = fileURLToPath(new URL("./small-heap.ts", import.meta.url));

const script = `
import { readFileSync } from "node:fs";
import { transformSync } from "esbuild";
const code = transformSync(readFileSync(${JSON.stringify(module)}, "utf8"), { loader: "ts" }).code;
const { SmallestHeap } = await import("data:text/javascript," + encodeURIComponent(code));
const heap = new SmallestHeap();
heap.apply();
let garbage = Array.from({ length: 200_000 }, (_, index) => ({ index }));
const before = process.memoryUsage().heapUsed;
garbage = undefined;
heap.settle();
console.log(JSON.stringify({ freed: before - process.memoryUsage().heapUsed, exposed: typeof globalThis.gc }));
`;

describe("SmallestHeap", () => {
  test("collects what the first burst has left, and lets nobody else do it", () => {
    const printed = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
    });
    const { freed, exposed } = JSON.parse(printed) as { freed: number; exposed: string };
    expect(freed).toBeGreaterThan(4e6);
    expect(exposed).toBe("undefined");
  });
});
