import { expect, test } from "@jest/globals";
import { ManualClock } from "@steelyard/model/testing";
import { type Instant } from "@steelyard/model/foundation";
import { MachineRunner } from "./machine-runner.ts";

interface Word {
  readonly kind: string;
}

/** A machine that remembers the words it was given, and says each. */
function runner(perform: (said: string, machine: MachineRunner<readonly string[], Word, string>) => void) {
  const clock = new ManualClock();
  const machine = new MachineRunner<readonly string[], Word, string>(
    {
      name: "parrot",
      initial: [],
      step: (state, { kind }, { now }) => ({
        state: [...state, `${kind}@${now}`],
        effects: [kind, `${kind}!`],
      }),
    },
    { clock, perform: (said) => perform(said, machine) },
  );
  return { clock, machine };
}

test("what comes up while effects are performed waits until all of them are", () => {
  const said: string[] = [];
  const { machine } = runner((word, self) => {
    if (word === "first") self.take({ kind: "second" });
    said.push(word);
  });
  machine.take({ kind: "first" });
  expect(said).toEqual(["first", "first!", "second", "second!"]);
});

test("a timer that is armed anew fires once, at the later time", () => {
  const { clock, machine } = runner(() => undefined);
  machine.arm("t", 10 as Instant, { kind: "early" });
  machine.arm("t", 20 as Instant, { kind: "late" });
  clock.advance(100);
  expect(machine.state).toEqual(["late@20"]);
});

test("after the stop nothing is taken and nothing fires", () => {
  const { clock, machine } = runner(() => undefined);
  machine.arm("t", 10 as Instant, { kind: "timer" });
  machine.stop();
  machine.take({ kind: "word" });
  clock.advance(100);
  expect(machine.state).toEqual([]);
});

test("a machine that never comes to rest is stopped, and named", () => {
  const { machine } = runner((word, self) => self.take({ kind: word }));
  expect(() => machine.take({ kind: "echo" })).toThrow("the parrot does not come to rest (echo");
});

test("an effect that throws does not leave the machine deaf", () => {
  let fails = true;
  const { machine } = runner(() => {
    if (fails) throw new Error("no");
  });
  expect(() => machine.take({ kind: "one" })).toThrow("no");
  fails = false;
  machine.take({ kind: "two" });
  expect(machine.state).toEqual(["one@0", "two@0"]);
});
