import { describe, expect, test } from "@jest/globals";
import { judgeSecondPass } from "./testing/invariants-at-rest.ts";
import { live } from "./testing/live.ts";
import { recreate } from "./testing/made-anew.ts";
import { type formsOfA } from "./testing/pool-forms.ts";
import { type ServiceForm } from "./testing/service-forms.ts";
import { type Step } from "./testing/steps.ts";

const plain: ServiceForm = {
  type: "LoadBalancer",
  families: "v4",
  asks: "nothing",
  shares: "with nobody",
  label: "plain",
};

const rest: Step = { do: "rest" };
const gone: Step = { do: "pool b", form: "gone" };

function create(name: string, form: Partial<ServiceForm> = {}): Step {
  return { do: "create", service: `shop/${name}`, form: { ...plain, ...form } };
}

function poolA(form: keyof typeof formsOfA): Step {
  return { do: "pool a", form, createsFirst: false };
}

/** What random histories have found, in the shortest form there is. */
const findings: readonly { readonly promise: string; readonly steps: readonly Step[] }[] = [
  {
    promise: "a change is told though the answer to its write was lost",
    steps: [
      create("s0"),
      rest,
      poolA("without buggy addresses"),
      { do: "writes meet", faults: ["answer lost"] },
      { do: "wait", millis: 30 },
    ],
  },
  {
    promise: "what was meant for a Service that is being deleted by then is free for others",
    steps: [
      { do: "writes meet", faults: ["timeout"] },
      create("s0"),
      { do: "wait", millis: 0 },
      { do: "begin deletion", service: "shop/s0" },
    ],
  },
  {
    promise: "whoever leads next writes to nobody because a pool is faulty",
    steps: [create("s0"), rest, poolA("broken")],
  },
  {
    promise: "an address of a pool that is gone before it is written is known for ours after a restart",
    steps: [
      poolA("split by family"),
      { do: "writes meet", faults: ["carried out", "timeout"] },
      create("s0"),
      poolA("broken"),
    ],
  },
  {
    promise: "who waits for an address is told who holds it now",
    steps: [
      poolA("narrow"),
      gone,
      create("s0"),
      create("s1"),
      create("s2"),
      create("s3", { asks: "192.0.2.1" }),
      rest,
      { do: "delete", service: "shop/s1" },
    ],
  },
  {
    promise:
      "an older Service that is being deleted takes nothing from a younger one, not even after a restart",
    steps: [
      create("s2"),
      { do: "begin deletion", service: "shop/s2" },
      create("s0"),
      rest,
      { do: "restore status of", other: "shop/s0", service: "shop/s2" },
    ],
  },
  {
    promise: "what a write has brought whose answer was lost is not taken for the work of a rival",
    steps: [
      create("s0"),
      { do: "take over" },
      { do: "writes meet", faults: ["answer lost"] },
      poolA("gone"),
      { do: "crash" },
      { do: "lag", replica: "x", kind: "services" },
      { do: "wait", millis: 0 },
      poolA("whole"),
      { do: "wait", millis: 0 },
      gone,
    ],
  },
];

describe("found once, and never again", () => {
  test.each(findings)("$promise", async ({ steps }) => {
    const history = await live(steps);
    expect(await judgeSecondPass(history)).toEqual([]);
    await history.end();
  });
});

const madeAnew: readonly {
  readonly promise: string;
  readonly form: keyof typeof formsOfA;
  readonly steps: readonly Step[];
}[] = [
  {
    promise: "both addresses, though they are in two pools by now",
    form: "split by family",
    steps: [create("s0", { families: "prefer" })],
  },
  {
    promise: "one address of a Service that needs two, as that is what it had",
    form: "only v4",
    steps: [create("s0", { families: "require" })],
  },
  {
    promise: "their own to those who ask for something that cannot be granted",
    form: "whole",
    steps: [
      create("s0"),
      rest,
      { do: "edit", service: "shop/s0", change: { asks: "nonsense" } },
      create("s1"),
    ],
  },
  {
    promise: "nobody what another had, even to those who ask for it",
    form: "whole",
    steps: [
      create("s0"),
      create("s1"),
      rest,
      { do: "edit", service: "shop/s0", change: { asks: "192.0.2.1" } },
    ],
  },
];

describe("a pool that is made anew gives", () => {
  test.each(madeAnew)("$promise", async ({ steps, form }) => {
    const history = await live([gone, ...steps]);
    await recreate(history, form, rest);
    await history.end();
  });
});
