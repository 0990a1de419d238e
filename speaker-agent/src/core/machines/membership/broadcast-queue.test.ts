import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Broadcast, enqueue, takeBroadcasts } from "./broadcast-queue.ts";

function broadcast(key: string, more: Partial<Broadcast> = {}): Broadcast {
  const message = { type: "user", payload: new Uint8Array(0) } as const;
  return { key, message, size: 100, transmits: 0, id: 1, ...more };
}

const keysOf = (queue: readonly Broadcast[]) => queue.map(({ key }) => key).join("");

function queueOf(...broadcasts: readonly Broadcast[]): readonly Broadcast[] {
  return broadcasts.reduce(enqueue, [] as readonly Broadcast[]);
}

const room = { limit: 1_000, overhead: 2, mostMessages: 255, transmitLimit: 3 };

describe("rule Less (queue.go)", () => {
  test("the least sent goes first, then the longest, then the newest", () => {
    const queue = queueOf(
      broadcast("d", { transmits: 1, size: 900 }),
      broadcast("b", { size: 50, id: 3 }),
      broadcast("c", { size: 50, id: 2 }),
      broadcast("a", { size: 60, id: 1 }),
    );
    expect(keysOf(queue)).toBe("abcd");
  });
});

describe("rule queueBroadcast (queue.go)", () => {
  test("a later message about the same replaces an earlier one", () => {
    const queue = queueOf(broadcast("a", { transmits: 2 }), broadcast("b"), broadcast("a", { size: 7 }));
    expect(queue).toHaveLength(2);
    expect(queue.find(({ key }) => key === "a")?.size).toBe(7);
  });
});

describe("rule GetBroadcasts (queue.go)", () => {
  test("each message costs its overhead, and what does not fit waits while shorter ones go", () => {
    const queue = queueOf(
      broadcast("a", { size: 60 }),
      broadcast("b", { size: 50 }),
      broadcast("c", { size: 36 }),
    );
    const taken = takeBroadcasts(queue, { ...room, limit: 100 });
    expect(taken.bytes).toBe(100);
    expect(keysOf(taken.queue)).toBe("bac");
    expect(taken.queue.map(({ transmits }) => transmits)).toEqual([0, 1, 1]);
  });

  test("a message that has been sent often enough leaves the queue", () => {
    let queue = queueOf(broadcast("a"));
    for (const left of [1, 1, 0]) {
      queue = takeBroadcasts(queue, room).queue;
      expect(queue).toHaveLength(left);
    }
  });

  test("a datagram takes so many messages and no more", () => {
    const queue = queueOf(broadcast("a"), broadcast("b"), broadcast("c"));
    expect(takeBroadcasts(queue, { ...room, mostMessages: 2 }).messages).toHaveLength(2);
  });

  test("nothing fits: the queue stays as it is", () => {
    const queue = queueOf(broadcast("a"));
    expect(takeBroadcasts(queue, { ...room, limit: 101 }).queue).toBe(queue);
  });
});

test("the queue stays in order, holds each key once, and sends nothing more often than the limit", () => {
  const arbitrary = fc.array(
    fc.oneof(
      fc.record({ key: fc.constantFrom("a", "b", "c", "d", "e"), size: fc.integer({ min: 1, max: 90 }) }),
      fc.integer({ min: 0, max: 200 }),
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(arbitrary, (actions) => {
      let queue: readonly Broadcast[] = [];
      for (const [id, action] of actions.entries()) {
        queue =
          typeof action === "number"
            ? takeBroadcasts(queue, { ...room, limit: action }).queue
            : enqueue(queue, broadcast(action.key, { size: action.size, id }));
        const sorted = [...queue].sort((a, b) => a.transmits - b.transmits || b.size - a.size || b.id - a.id);
        expect(queue).toEqual(sorted);
        expect(new Set(queue.map(({ key }) => key)).size).toBe(queue.length);
        expect(queue.every(({ transmits }) => transmits < room.transmitLimit)).toBe(true);
      }
    }),
  );
});
