import { expect, test } from "@jest/globals";
import {
  ACCEPT,
  DROP,
  JUMP,
  JUMP_EQUAL,
  JUMP_GREATER,
  jumpIf,
  load,
  LOAD_BYTE,
  LOAD_HALF,
  LOAD_WORD,
  PACKET_TYPE_OFFSET,
} from "./instructions.ts";
import { runFilter } from "./run-filter.ts";

const frame = new Uint8Array([0x80, 0x01, 0x02, 0x03]);

test.each([
  [
    "a word above 2^31 stays positive",
    [load(LOAD_WORD, 0), jumpIf(JUMP_EQUAL, 0x8001_0203, 1, 0), DROP, ACCEPT],
    true,
  ],
  ["a half", [load(LOAD_HALF, 2), jumpIf(JUMP_EQUAL, 0x0203, 1, 0), DROP, ACCEPT], true],
  ["a byte", [load(LOAD_BYTE, 3), jumpIf(JUMP_GREATER, 2, 1, 0), DROP, ACCEPT], true],
  ["greater is not equal", [load(LOAD_BYTE, 3), jumpIf(JUMP_GREATER, 3, 1, 0), DROP, ACCEPT], false],
  ["an unconditional jump", [load(JUMP, 1), DROP, ACCEPT], true],
  ["a load past the end drops", [load(LOAD_WORD, 1), ACCEPT], false],
  ["the packet type", [load(LOAD_WORD, PACKET_TYPE_OFFSET), jumpIf(JUMP_EQUAL, 1, 1, 0), DROP, ACCEPT], true],
])("%s", (_name, program, expected) => {
  expect(runFilter(program, frame, "broadcast")).toBe(expected);
});

test.each([
  ["an unknown instruction", [load(0x87, 0), ACCEPT], "unknown filter instruction 0x87"],
  ["no return at the end", [load(LOAD_BYTE, 0)], "runs past its end"],
  ["a jump out of the program", [load(JUMP, 5), ACCEPT], "runs past its end"],
])("%s throws", (_name, program, message) => {
  expect(() => runFilter(program, frame, "host")).toThrow(message);
});
