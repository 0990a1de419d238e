import { beforeEach, describe, expect, test } from "@jest/globals";
import { ManualClock } from "@steelyard/model/testing";
import { KubeError } from "../errors.ts";
import { RecordingLog } from "../testing/index.ts";
import { type KubeRequest, type KubeResponse } from "../transport/kube-request.ts";
import { TokenGate } from "./token-gate.ts";

/** What is said of each token by an API server in memory. */
class Reviewer {
  readonly asked: KubeRequest[] = [];
  readonly users = new Map([
    ["good", "system:serviceaccount:monitoring:prometheus"],
    ["poor", "system:serviceaccount:default:default"],
  ]);
  /** Set = nothing is answered but this. */
  failure: Error | undefined;
  /** Set = answers wait for it. */
  hold: Promise<void> | undefined;

  async request(request: KubeRequest): Promise<KubeResponse> {
    this.asked.push(request);
    await this.hold;
    if (this.failure !== undefined) throw this.failure;
    const { spec } = request.body as { readonly spec: { readonly token?: string; readonly user?: string } };
    const status =
      spec.token === undefined
        ? { allowed: spec.user === this.users.get("good") }
        : this.#identify(spec.token);
    return { status: 201, headers: {}, body: { status } };
  }

  #identify(token: string): object {
    const username = this.users.get(token);
    return username === undefined
      ? { authenticated: false }
      : {
          authenticated: true,
          user: { username, uid: "u1", groups: ["system:authenticated"], extra: { a: ["b"] } },
        };
  }
}

const away = new KubeError({ code: "connection", message: "connect ECONNREFUSED 10.96.0.1:443" });

describe("TokenGate", () => {
  let clock: ManualClock;
  let log: RecordingLog;
  let reviewer: Reviewer;
  let gate: TokenGate;
  const statusOf = async (token: string): Promise<number> =>
    (await gate.refusalOf(`Bearer ${token}`))?.status ?? 200;

  beforeEach(() => {
    clock = new ManualClock();
    log = new RecordingLog();
    reviewer = new Reviewer();
    gate = new TokenGate({ clock, log, transport: reviewer });
  });

  test("asks whose a token is, then whether that user may get /metrics", async () => {
    expect(await gate.refusalOf("Bearer good")).toBeUndefined();
    expect(reviewer.asked).toEqual([
      {
        method: "POST",
        path: "/apis/authentication.k8s.io/v1/tokenreviews",
        timeoutMs: 5000,
        body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token: "good" } },
      },
      {
        method: "POST",
        path: "/apis/authorization.k8s.io/v1/subjectaccessreviews",
        timeoutMs: 5000,
        body: {
          apiVersion: "authorization.k8s.io/v1",
          kind: "SubjectAccessReview",
          spec: {
            user: "system:serviceaccount:monitoring:prometheus",
            uid: "u1",
            groups: ["system:authenticated"],
            extra: { a: ["b"] },
            nonResourceAttributes: { path: "/metrics", verb: "get" },
          },
        },
      },
    ]);
  });

  test.each([
    [undefined, 401, "a bearer token is needed"],
    ["", 401, "a bearer token is needed"],
    ["Basic Z29vZA==", 401, "a bearer token is needed"],
    ["Bearer", 401, "a bearer token is needed"],
    ["Bearer good good", 401, "a bearer token is needed"],
    ["Bearer stranger", 401, "does not know this token"],
    ["Bearer poor", 403, "system:serviceaccount:default:default may not get the path /metrics"],
  ])("%j is refused with %d and a sentence", async (authorization, status, sentence) => {
    expect(await gate.refusalOf(authorization)).toEqual({ status, body: expect.stringContaining(sentence) });
  });

  test("no token, no question", async () => {
    await gate.refusalOf(undefined);
    expect(reviewer.asked).toEqual([]);
  });

  test("an answer holds for ten seconds, yes and no alike", async () => {
    expect([await statusOf("good"), await statusOf("poor"), await statusOf("stranger")]).toEqual([
      200, 403, 401,
    ]);
    const asked = reviewer.asked.length;
    reviewer.users.delete("good");
    clock.advance(9_999);
    expect([await statusOf("good"), await statusOf("poor"), await statusOf("stranger")]).toEqual([
      200, 403, 401,
    ]);
    expect(reviewer.asked).toHaveLength(asked);
    clock.advance(1);
    expect(await statusOf("good")).toBe(401);
  });

  test("while the API server is away nobody gets in but those whose answer holds; the log says so once", async () => {
    expect(await statusOf("good")).toBe(200);
    reviewer.failure = away;
    expect(await statusOf("good")).toBe(200);
    expect(await gate.refusalOf("Bearer other")).toEqual({
      status: 500,
      body: expect.stringContaining("the API server did not say"),
    });
    clock.advance(10_000);
    expect(await statusOf("good")).toBe(500);
    expect(log.at("warn")).toEqual([expect.stringContaining("connect ECONNREFUSED 10.96.0.1:443")]);
  });

  test("trouble is not remembered: the next request asks again", async () => {
    reviewer.failure = away;
    expect(await statusOf("good")).toBe(500);
    reviewer.failure = undefined;
    expect(await statusOf("good")).toBe(200);
    reviewer.failure = away;
    expect(await statusOf("other")).toBe(500);
    expect(log.at("warn")).toHaveLength(2);
  });

  test.each([undefined, null, {}, { status: null }, "text"])("an answer %j lets nobody in", async (body) => {
    reviewer.request = () => Promise.resolve({ status: 201, headers: {}, body });
    expect(await statusOf("good")).toBe(500);
  });

  test.each([{}, { authenticated: "true" }, { authenticated: false }])(
    "a status %j lets nobody in",
    async (status) => {
      reviewer.request = () => Promise.resolve({ status: 201, headers: {}, body: { status } });
      expect(await statusOf("good")).toBe(401);
    },
  );

  test("who asks with the same token at the same time waits for one review", async () => {
    const statuses = await Promise.all([statusOf("good"), statusOf("good"), statusOf("good")]);
    expect(statuses).toEqual([200, 200, 200]);
    expect(reviewer.asked).toHaveLength(2);
  });

  test("strangers cannot have more than eight reviews under way", async () => {
    let release = (): void => undefined;
    reviewer.hold = new Promise((resolve) => (release = resolve));
    const eight = Array.from({ length: 8 }, (_, index) => statusOf(`stranger-${index}`));
    expect(await statusOf("good")).toBe(503);
    expect(reviewer.asked).toHaveLength(8);
    release();
    expect(new Set(await Promise.all(eight))).toEqual(new Set([401]));
    expect(await statusOf("good")).toBe(200);
  });

  test("256 answers are remembered, the oldest goes first", async () => {
    for (let index = 0; index <= 256; index++) await statusOf(`stranger-${index}`);
    const asked = reviewer.asked.length;
    await statusOf("stranger-256");
    await statusOf("stranger-1");
    expect(reviewer.asked).toHaveLength(asked);
    await statusOf("stranger-0");
    expect(reviewer.asked).toHaveLength(asked + 1);
  });
});
