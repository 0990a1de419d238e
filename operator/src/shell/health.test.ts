import { describe, expect, test } from "@jest/globals";
import { ManualClock, seededRandom } from "@steelyard/model/testing";
import { healthPages } from "../adapters/http/operator-pages.ts";
import { MemoryCluster } from "../adapters/memory/memory-cluster.ts";
import { MemoryEventSink } from "../adapters/memory/memory-event-sink.ts";
import { MemoryFieldHistory } from "../adapters/memory/memory-field-history.ts";
import { MemoryPodReader } from "../adapters/memory/memory-pod-reader.ts";
import { MemoryLeadership } from "../adapters/memory/memory-leadership.ts";
import { MemoryMetrics } from "../adapters/memory/memory-metrics.ts";
import { serviceOf } from "../core/testing/services.ts";
import { type OperatorDeps } from "./operator-options.ts";
import { SteelyardOperator } from "./operator.ts";
import { RememberingLog } from "./testing/remembering-log.ts";
import { turn } from "./testing/turn.ts";

/** An operator of which one dependency is as the test wants it. */
function operatorWith(change: (deps: OperatorDeps) => Partial<OperatorDeps>) {
  const clock = new ManualClock();
  const cluster = new MemoryCluster();
  const deps: OperatorDeps = {
    openCluster: () => cluster.openReader(),
    writer: cluster.writer,
    fieldHistory: new MemoryFieldHistory(),
    pods: new MemoryPodReader(),
    events: new MemoryEventSink({ clock }),
    leadership: new MemoryLeadership({ leads: true }),
    metrics: new MemoryMetrics(),
    clock,
    random: seededRandom(1),
    log: new RememberingLog(),
  };
  const operator = new SteelyardOperator(
    { lbClasses: [], configNamespace: "metallb-system" },
    { ...deps, ...change(deps) },
  );
  const ask = async (page: "/healthz" | "/readyz"): Promise<string> => {
    const answer = await healthPages(operator)[page]?.();
    return `${answer?.status} ${answer?.body.trim()}`;
  };
  return { operator, ask, clock, cluster };
}

const never = <T>(): Promise<T> => new Promise<T>(() => {});

describe("the health of the operator", () => {
  test("is not ready before it is known who leads", async () => {
    const leadership = new MemoryLeadership({ leads: false });
    leadership.whyUndecided = () => "the API server has not answered";
    const { ask } = operatorWith(() => ({ leadership }));
    expect(await ask("/readyz")).toBe("503 it is not known yet who leads: the API server has not answered");
    expect(await ask("/healthz")).toBe("200 alive");
  });

  test("is not ready while the first lists are incomplete, and ready as soon as all is adopted", async () => {
    let complete = (): void => {};
    const { operator, ask } = operatorWith(({ openCluster }) => ({
      openCluster: () => {
        const reader = openCluster();
        reader.catchUp = () => new Promise((resolve) => (complete = resolve));
        return reader;
      },
    }));
    void operator.run(new AbortController().signal);
    await turn();
    expect(await ask("/readyz")).toBe(
      "503 leading, but the first lists of the cluster's objects are not complete yet",
    );
    complete();
    await turn();
    expect(await ask("/readyz")).toBe("200 leading");
  });

  test("does not stand by before there is something to stand by with", async () => {
    let complete = (): void => {};
    const { operator, ask } = operatorWith(({ openCluster }) => ({
      leadership: new MemoryLeadership({ leads: false }),
      openCluster: () => {
        const reader = openCluster();
        reader.whenSynced = () => new Promise((resolve) => (complete = resolve));
        return reader;
      },
    }));
    void operator.run(new AbortController().signal);
    await turn();
    expect(await ask("/readyz")).toBe(
      "503 standing by, but the first lists of the cluster's objects are not complete yet",
    );
    complete();
    await turn();
    expect(await ask("/readyz")).toBe("200 standing by");
  });

  test("is ill when a piece of work does not end", async () => {
    const { operator, ask, clock, cluster } = operatorWith(() => ({
      writer: {
        ...new MemoryCluster().writer,
        patchServiceStatus: () => never(),
        applyPoolStatus: () => never(),
      },
    }));
    cluster.services.put(serviceOf("shop/web"));
    void operator.run(new AbortController().signal);
    await turn();
    clock.advance(59_000);
    expect(await ask("/healthz")).toBe("200 alive");
    clock.advance(1_000);
    expect(await ask("/healthz")).toBe("503 a piece of work has been going on for 60 s");
    expect(await ask("/readyz")).toBe("503 a piece of work has been going on for 60 s");
  });
});
