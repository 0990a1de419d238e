import { describe, expect, test } from "@jest/globals";
import { ipAddress } from "@steelyard/model/address";
import { type ServiceResource } from "@steelyard/model/resources";
import { serviceOf } from "../../core/testing/services.ts";
import { type News, UntoldNews } from "./untold-news.ts";

const key = "shop/web";

/** The Service as it is in this version, with what its status says. */
function version(resourceVersion: string, message?: string): ServiceResource {
  const service = serviceOf(key);
  const conditions = message === undefined ? [] : [condition(message, 0)];
  return { ...service, metadata: { ...service.metadata, resourceVersion }, status: { conditions } };
}

function condition(message: string, second: number) {
  const lastTransitionTime = new Date(second * 1000).toISOString();
  return {
    type: "steelyard.io/Allocated",
    status: "True",
    reason: "Allocated",
    message,
    lastTransitionTime,
  } as const;
}

function newsOf(message: string, second: number): News {
  const { uid } = serviceOf(key).metadata;
  const metadata = { ...(uid !== undefined && { uid }), resourceVersion: "1" };
  return {
    patch: { metadata, status: { conditions: [condition(message, second)] } },
    reserve: [ipAddress("IPv4", 3_221_225_985n)],
    events: [],
    changes: [],
  };
}

describe("writes without an answer", () => {
  test("are told when the next version shows one of them", () => {
    const untold = new UntoldNews();
    const [first, second] = [newsOf("one", 1), newsOf("two", 2)];
    untold.keep(key, version("1"), first);
    untold.keep(key, version("1"), second);
    expect(untold.take(key, version("1"))).toBeUndefined();
    expect(untold.take(key, version("2", "two"))).toBe(second);
    expect(untold.size).toBe(0);
  });

  test("that say the same are one, however long the API server fails", () => {
    const untold = new UntoldNews();
    for (let second = 0; second < 10_000; second++) untold.keep(key, version("1"), newsOf("one", second));
    expect(untold.size).toBe(1);
    expect(untold.take(key, version("2", "one"))).toBeDefined();
  });

  test("that say something else each time are a handful, and the last of them is told", () => {
    const untold = new UntoldNews();
    for (let second = 0; second < 10_000; second++)
      untold.keep(key, version("1"), newsOf(`try ${second}`, second));
    expect(untold.size).toBeLessThanOrEqual(10);
    expect(untold.take(key, version("2", "try 9999"))).toBeDefined();
  });
});
