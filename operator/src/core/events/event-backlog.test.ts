import { describe, expect, test } from "@jest/globals";
import { EventBacklog } from "./event-backlog.ts";

const about = (name: string) => ({ kind: "Service", namespace: "shop", name });
const normal = (message = "") => ({ type: "Normal", reason: "IPAllocated", message }) as const;
const warning = (message = "") => ({ type: "Warning", reason: "AllocationFailed", message }) as const;

function rest(backlog: EventBacklog<ReturnType<typeof about>>): readonly string[] {
  const texts: string[] = [];
  for (let next = backlog.next(); next !== undefined; next = backlog.next())
    texts.push(`${next.object.name} ${next.event.type} x${next.times}`);
  return texts;
}

describe("the backlog of events", () => {
  test("gives warnings first, and each kind in the order of its coming", () => {
    const backlog = new EventBacklog<ReturnType<typeof about>>({ limit: 10 });
    for (const name of ["a", "b"]) backlog.add(about(name), normal());
    for (const name of ["c", "d"]) backlog.add(about(name), warning());
    expect(rest(backlog)).toEqual(["c Warning x1", "d Warning x1", "a Normal x1", "b Normal x1"]);
  });

  test("counts what is recorded again while it waits, and tells the latest message", () => {
    const backlog = new EventBacklog<ReturnType<typeof about>>({ limit: 1 });
    backlog.add(about("a"), warning("first"));
    expect(backlog.add(about("a"), warning("second"))).toBe(0);
    expect(backlog.next()).toEqual({ object: about("a"), event: warning("second"), times: 2, failures: 0 });
  });

  test("keeps two changes of addresses apart", () => {
    const backlog = new EventBacklog<ReturnType<typeof about>>({ limit: 2 });
    for (const message of ["first", "second", "first"]) backlog.add(about("a"), normal(message));
    expect(rest(backlog)).toEqual(["a Normal x2", "a Normal x1"]);
  });

  test("has a limit: a warning displaces the oldest that is none, and everything else finds no room", () => {
    const backlog = new EventBacklog<ReturnType<typeof about>>({ limit: 2 });
    backlog.add(about("a"), normal());
    backlog.add(about("a"), normal());
    backlog.add(about("b"), normal());
    expect(backlog.add(about("c"), normal())).toBe(1);
    expect(backlog.add(about("d"), warning())).toBe(2);
    expect(backlog.add(about("e"), warning())).toBe(1);
    expect(backlog.add(about("f"), warning())).toBe(1);
    expect(backlog.add(about("g"), normal())).toBe(1);
    expect(rest(backlog)).toEqual(["d Warning x1", "e Warning x1"]);
  });

  test("takes back what could not be stored, together with what was recorded meanwhile", () => {
    const backlog = new EventBacklog<ReturnType<typeof about>>({ limit: 2 });
    backlog.add(about("a"), warning("old"));
    const taken = backlog.next();
    if (taken === undefined) throw new Error("the backlog is empty");
    backlog.add(about("a"), warning("new"));
    backlog.putBack(taken);
    expect(backlog.next()).toEqual({ object: about("a"), event: warning("new"), times: 2, failures: 1 });
    backlog.putBack({ ...taken, failures: 1 });
    expect(backlog.next()).toMatchObject({ event: warning("old"), times: 1, failures: 2 });
  });

  test("can be given up, and says how much that was", () => {
    const backlog = new EventBacklog<ReturnType<typeof about>>({ limit: 5 });
    backlog.add(about("a"), warning());
    backlog.add(about("a"), warning());
    backlog.add(about("b"), normal());
    expect([backlog.clear(), backlog.size]).toEqual([3, 0]);
  });
});
