import { beforeEach, describe, expect, test } from "@jest/globals";
import { RecordingLog } from "@steelyard/client/testing";
import { ManualClock, seededRandom } from "@steelyard/model/testing";
import { MemoryClusterWriter } from "../adapters/memory/memory-cluster-writer.ts";
import { MemoryCluster } from "../adapters/memory/memory-cluster.ts";
import { type ServiceEvent } from "../core/reporting/service-event.ts";
import { ClusterWriteError } from "../ports/cluster-writer.ts";
import { EventRecorder } from "./event-recorder.ts";
import { advance } from "./testing/settle.ts";

function eventFor(name: string, uid?: string): ServiceEvent {
  const service = { namespace: "default", name, uid };
  return { type: "Normal", reason: "nodeAssigned", message: "announcing", service };
}

describe("EventRecorder", () => {
  let clock: ManualClock;
  let writer: MemoryClusterWriter;
  let log: RecordingLog;
  let recorder: EventRecorder;
  beforeEach(() => {
    clock = new ManualClock();
    writer = new MemoryClusterWriter(new MemoryCluster());
    log = new RecordingLog();
    recorder = new EventRecorder({ writer, clock, random: seededRandom(1), log });
  });

  const recorded = () => writer.events.map(({ service }) => service.name);

  test("writes in order", async () => {
    recorder.record([eventFor("a"), eventFor("b")]);
    recorder.record([eventFor("c")]);
    await advance(clock, 0);
    expect(recorded()).toEqual(["a", "b", "c"]);
  });

  test("tries again for a while, then lets the event go and says so", async () => {
    writer.refusal = new ClusterWriteError("503 from the API server", { verdict: "retry" });
    recorder.record([eventFor("a")]);
    await advance(clock, 60_000);
    expect(writer.attempts).toBe(5);
    expect(log.at("warn")).toEqual(["event not recorded"]);
    expect(log.entries[0]?.fields).toMatchObject({ service: "default/a", reason: "nodeAssigned" });
    writer.refusal = undefined;
    recorder.record([eventFor("b")]);
    await advance(clock, 0);
    expect(recorded()).toEqual(["b"]);
  });

  test("does not insist where it is not allowed to", async () => {
    writer.refusal = new ClusterWriteError("403 from the API server", { verdict: "later" });
    recorder.record([eventFor("a")]);
    await advance(clock, 60_000);
    expect(writer.attempts).toBe(1);
    expect(log.at("warn")).toHaveLength(1);
  });

  test("one Service that flaps is cut off, the others are not", async () => {
    recorder.record([...Array.from({ length: 100 }, () => eventFor("flapping")), eventFor("calm")]);
    await advance(clock, 0);
    expect(recorded().filter((name) => name === "flapping")).toHaveLength(25);
    expect(recorded().at(-1)).toBe("calm");
  });

  test("a Service made anew under the same name has a budget of its own", async () => {
    recorder.record(Array.from({ length: 100 }, () => eventFor("web", "first")));
    recorder.record([eventFor("web", "second")]);
    await advance(clock, 0);
    expect(recorded()).toHaveLength(26);
  });

  test("of too many that wait the oldest are dropped", async () => {
    recorder.record(Array.from({ length: 1200 }, (_unused, index) => eventFor(`s${index}`)));
    await advance(clock, 10_000);
    expect([recorded().length, recorded()[0], recorded().at(-1)]).toEqual([1000, "s200", "s1199"]);
    expect(log.at("warn")).toEqual(["events dropped, too many wait"]);
    expect(log.entries[0]?.fields).toEqual({ count: 200 });
  });

  test("after stop nothing is written", async () => {
    writer.refusal = new ClusterWriteError("503", { verdict: "retry" });
    recorder.record([eventFor("a"), eventFor("b")]);
    await advance(clock, 0);
    recorder.stop();
    await advance(clock, 60_000);
    expect(writer.attempts).toBe(1);
  });
});
