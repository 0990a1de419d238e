import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { EventEmitter } from "node:events";
import { type Access } from "../connection/types.ts";
import { answer, refuse, silence, stay } from "../testing/behaviours.ts";
import { MisbehavingServer, type Behaviour } from "../testing/misbehaving-server.ts";
import { plainConnection } from "../testing/test-connection.ts";
import { WatchfulClock } from "../testing/watchful-clock.ts";
import { type KubeRequest } from "./kube-request.ts";
import { KubeTransport, type LineStream } from "./kube-transport.ts";

let server: MisbehavingServer;
let clock: WatchfulClock;
let transport: KubeTransport;

beforeEach(async () => {
  server = await MisbehavingServer.start();
  clock = new WatchfulClock();
  transport = new KubeTransport(plainConnection(server.url), { clock, limits: { body: 1000, line: 100 } });
});

afterEach(async () => {
  transport.close();
  await server.close();
});

const get: KubeRequest = { method: "GET", path: "/api/v1/nodes/a" };

async function readAll(stream: LineStream): Promise<string[]> {
  const lines: string[] = [];
  for await (const chunk of stream.chunks) lines.push(...chunk);
  return lines;
}

describe("a request", () => {
  test("carries method, path, query, headers and body, and brings the parsed answer", async () => {
    server.onOther(answer(201, { fine: true }, { "x-test": "yes" }));
    const query = { force: true, limit: 5, absent: undefined, selector: "a=b&c" };
    const response = await transport.request({
      method: "PATCH",
      path: "/api/v1/namespaces/default/services/a",
      query,
      body: { name: "ü" },
      contentType: "application/merge-patch+json",
    });
    expect(response).toMatchObject({ status: 201, body: { fine: true }, headers: { "x-test": "yes" } });
    const [received] = server.requests;
    expect(received).toMatchObject({
      method: "PATCH",
      path: "/api/v1/namespaces/default/services/a",
      body: '{"name":"ü"}',
    });
    expect(Object.fromEntries(received?.query ?? [])).toEqual({
      force: "true",
      limit: "5",
      selector: "a=b&c",
    });
    expect(received?.headers).toMatchObject({
      accept: "application/json",
      "content-type": "application/merge-patch+json",
      "content-length": "13",
      "user-agent": "steelyard",
    });
  });

  test("keeps the path prefix of a server behind a gateway", async () => {
    server.onList(answer(200, {}));
    const behindGateway = new KubeTransport(plainConnection(new URL("/k8s/clusters/c-1/", server.url)), {
      clock,
    });
    await behindGateway.request(get);
    behindGateway.close();
    expect(server.requests[0]?.path).toBe("/k8s/clusters/c-1/api/v1/nodes/a");
  });

  test("gives undefined for an empty body", async () => {
    server.onOther(answer(200, ""));
    expect((await transport.request({ ...get, method: "DELETE" })).body).toBeUndefined();
  });

  test("two hundred of them share one connection", async () => {
    server.onList(answer(200, {}));
    for (let count = 0; count < 200; count += 1) await transport.request(get);
    expect(server.connections).toBe(1);
  });

  test("leaves no timer and no listener behind", async () => {
    server.onList(answer(200, {}));
    const { signal } = new AbortController();
    for (let count = 0; count < 20; count += 1) await transport.request({ ...get, signal });
    expect(clock.pendingTimers).toBe(0);
    expect(EventEmitter.getEventListeners(signal, "abort")).toHaveLength(0);
  });
});

describe("what goes wrong on the way", () => {
  test("header timeout: nothing comes within the time allowed", async () => {
    server.onList(silence);
    const outcome = transport.request({ ...get, timeoutMs: 700.5 });
    await server.until(() => server.requests.length === 1);
    clock.advance(700.5);
    await expect(outcome).rejects.toMatchObject({
      code: "timeout",
      verdict: "retry",
      message: "GET /api/v1/nodes/a: no answer within 700.5 ms",
    });
    await server.until(() => server.openConnections === 0);
  });

  test("a body that stops in the middle meets the same limit", async () => {
    server.onList((response) => {
      response.writeHead(200, { "content-length": "50" });
      response.write("{");
    });
    const outcome = transport.request({ ...get, timeoutMs: 700 });
    await server.until(() => server.requests.length === 1);
    clock.advance(700);
    await expect(outcome).rejects.toMatchObject({ code: "timeout" });
  });

  test("body limit: a longer answer is refused", async () => {
    server.onList(answer(200, { filler: "x".repeat(1000) }));
    await expect(transport.request(get)).rejects.toMatchObject({
      code: "too-large",
      verdict: "never",
      message: "GET /api/v1/nodes/a: the answer is longer than 1000 bytes",
    });
  });

  test("an answer that is not JSON", async () => {
    server.onList(answer(200, "<html>welcome</html>"));
    await expect(transport.request(get)).rejects.toMatchObject({
      code: "malformed",
      message: "GET /api/v1/nodes/a: the answer is not JSON: <html>welcome</html>",
    });
  });

  test("an answer cut off in the middle", async () => {
    server.onList((response) => {
      response.writeHead(200, { "content-length": "50" });
      response.write("{", () => response.socket?.resetAndDestroy());
    });
    await expect(transport.request(get)).rejects.toMatchObject({ code: "connection", verdict: "retry" });
  });

  test("an answer that is not HTTP", async () => {
    server.onList((response) => response.socket?.end("SSH-2.0-OpenSSH\r\n"));
    await expect(transport.request(get)).rejects.toMatchObject({ code: "connection" });
  });

  test("nobody listens", async () => {
    const { url } = server;
    await server.close();
    server = await MisbehavingServer.start();
    const lost = new KubeTransport(plainConnection(url), { clock });
    await expect(lost.request(get)).rejects.toMatchObject({
      code: "connection",
      message: expect.stringContaining("ECONNREFUSED"),
    });
    lost.close();
  });

  test("abort: by the caller, before and during the request", async () => {
    server.onList(silence);
    await expect(transport.request({ ...get, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "aborted",
    });
    const controller = new AbortController();
    const outcome = transport.request({ ...get, signal: controller.signal });
    await server.until(() => server.requests.length === 1);
    controller.abort();
    await expect(outcome).rejects.toMatchObject({ code: "aborted", verdict: "never" });
    await server.until(() => server.openConnections === 0);
  });

  test("credentials that hang do not outlive the limit", async () => {
    const hanging = { ...plainConnection(server.url), access: () => new Promise<Access>(() => {}) };
    const waiting = new KubeTransport(hanging, { clock });
    const outcome = waiting.request({ ...get, timeoutMs: 100 });
    clock.advance(100);
    await expect(outcome).rejects.toMatchObject({ code: "timeout" });
  });

  test("close ends what runs and refuses what comes", async () => {
    server.onList(silence);
    const outcome = transport.request(get);
    await server.until(() => server.requests.length === 1);
    transport.close();
    await expect(outcome).rejects.toMatchObject({ code: "aborted" });
    await expect(transport.request(get)).rejects.toMatchObject({ code: "aborted" });
    await server.until(() => server.openConnections === 0);
  });
});

describe("a kept connection that the server closes under a request", () => {
  const dropped: Behaviour = (response) => response.socket?.resetAndDestroy();

  test("is replaced by a new one for a read", async () => {
    server.onList(answer(200, {}), dropped, answer(200, { second: true }));
    await transport.request(get);
    expect((await transport.request(get)).body).toEqual({ second: true });
    expect(server.connections).toBe(2);
  });

  test("is reported for a write, which may have arrived", async () => {
    server.onList(answer(200, {})).onOther(dropped);
    await transport.request(get);
    await expect(transport.request({ ...get, method: "POST", body: {} })).rejects.toMatchObject({
      code: "connection",
    });
    expect(server.requests).toHaveLength(2);
  });

  test("is reported for a read as well when the new one breaks too", async () => {
    server.onList(answer(200, {}), dropped);
    await transport.request(get);
    await expect(transport.request(get)).rejects.toMatchObject({ code: "connection" });
    expect(server.requests).toHaveLength(3);
  });

  test("does not matter to a read even if all kept ones are like that", async () => {
    const held: (() => void)[] = [];
    const hold: Behaviour = (response, request) => held.push(() => answer(200, {})(response, request));
    server.onList(hold, hold, dropped, dropped, answer(200, { fifth: true }));
    const together = [transport.request(get), transport.request(get)];
    await server.until(() => held.length === 2);
    for (const release of held) release();
    await Promise.all(together);
    expect((await transport.request(get)).body).toEqual({ fifth: true });
    expect(server.connections).toBe(3);
  });
});

describe("refusals of the API server", () => {
  test.each([
    [400, "BadRequest", "bad-request", "never"],
    [403, "Forbidden", "forbidden", "later"],
    [404, "NotFound", "not-found", "never"],
    [409, "Conflict", "conflict", "retry"],
    [409, "AlreadyExists", "already-exists", "never"],
    [410, "Expired", "expired", "retry"],
    [415, "UnsupportedMediaType", "unsupported-media-type", "never"],
    [418, "Teapot", "unexpected", "retry"],
    [422, "Invalid", "invalid", "never"],
    [429, "TooManyRequests", "too-many-requests", "retry"],
    [500, "InternalError", "internal", "retry"],
    [503, "ServiceUnavailable", "unavailable", "retry"],
    [504, "Timeout", "server-timeout", "retry"],
  ])("%i %s is %s, to be tried again: %s", async (status, reason, code, verdict) => {
    server.onList(refuse(status, reason));
    await expect(transport.request(get)).rejects.toMatchObject({
      code,
      verdict,
      status,
      reason,
      message: `GET /api/v1/nodes/a: HTTP ${status}: ${reason} said the server`,
    });
  });

  test("keep the causes, which name the fields", async () => {
    const causes = [{ reason: "FieldValueInvalid", field: "spec.addresses", message: "no" }];
    server.onList(refuse(422, "Invalid", { details: { causes } }));
    await expect(transport.request(get)).rejects.toMatchObject({ causes });
  });

  test("a redirect is not followed", async () => {
    server.onList(answer(302, "", { location: "http://127.0.0.1:1/" }));
    await expect(transport.request(get)).rejects.toMatchObject({ code: "unexpected", status: 302 });
  });

  test("a proxy's page becomes a short message", async () => {
    server.onList(answer(502, `<html>${"x".repeat(5000)}`));
    const error: unknown = await transport.request(get).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "unavailable" });
    expect((error as Error).message.length).toBeLessThan(300);
  });

  test("Retry-After in seconds, as a date, in the Status, and nonsense", async () => {
    clock = new WatchfulClock({ wallStart: "2026-01-01T00:00:00Z" });
    transport = new KubeTransport(plainConnection(server.url), { clock });
    const inTheHeader = (value: string): Behaviour =>
      refuse(429, "TooManyRequests", { headers: { "retry-after": value } });
    server.onList(
      inTheHeader("3"),
      inTheHeader("Thu, 01 Jan 2026 00:00:05 GMT"),
      inTheHeader("Thu, 01 Jan 2015 00:00:05 GMT"),
      inTheHeader("soon"),
      refuse(429, "TooManyRequests", { details: { retryAfterSeconds: 4 } }),
    );
    const waits: (number | undefined)[] = [];
    for (let count = 0; count < 5; count += 1)
      await transport
        .request(get)
        .catch((thrown: { retryAfterMs?: number }) => waits.push(thrown.retryAfterMs));
    expect(waits).toEqual([3000, 5000, 0, undefined, 4000]);
  });
});

describe("a token that the server refuses", () => {
  function withTokens(...tokens: readonly string[]): { transport: KubeTransport; forgotten: () => number } {
    let forgotten = 0;
    const connection = {
      ...plainConnection(server.url),
      access: () => {
        const authorization = `Bearer ${tokens[Math.min(forgotten, tokens.length - 1)]}`;
        return Promise.resolve({ headers: { authorization }, channel: { tls: {}, identity: "plain" } });
      },
      forgetAccess: () => void (forgotten += 1),
    };
    return { transport: new KubeTransport(connection, { clock }), forgotten: () => forgotten };
  }

  test("is read again, and the caller never learns of it, even for a write", async () => {
    const guarded: Behaviour = (response, request) =>
      (request.headers.authorization === "Bearer new" ? answer(200, {}) : refuse(401, "Unauthorized"))(
        response,
        request,
      );
    server.onOther(guarded);
    const client = withTokens("old", "new");
    await client.transport.request({ ...get, method: "POST", body: { a: 1 } });
    expect(server.requests.map(({ headers, body }) => [headers.authorization, body])).toEqual([
      ["Bearer old", '{"a":1}'],
      ["Bearer new", '{"a":1}'],
    ]);
    client.transport.close();
  });

  test("once more is reported", async () => {
    server.onList(refuse(401, "Unauthorized"));
    const client = withTokens("old");
    await expect(client.transport.request(get)).rejects.toMatchObject({
      code: "unauthorized",
      verdict: "later",
    });
    expect(server.requests).toHaveLength(2);
    client.transport.close();
  });
});

describe("a stream of lines", () => {
  const watch: KubeRequest = { method: "GET", path: "/api/v1/nodes", query: { watch: true } };

  test("comes in order, whatever the chunks, with what follows the last line feed", async () => {
    server.onWatch((response) => {
      response.writeHead(200);
      for (const chunk of ["on", "e\ntwo\nth", "ree\n\n", "four"]) response.write(chunk);
      response.end();
    });
    expect(await readAll(await transport.stream(watch))).toEqual(["one", "two", "three", "four"]);
    expect(clock.pendingTimers).toBe(0);
  });

  test("has no limit of time once it has begun", async () => {
    server.onWatch(stay());
    const stream = await transport.stream(watch);
    expect(clock.pendingTimers).toBe(0);
    stream.close();
    await server.until(() => server.openWatches.size === 0);
  });

  test("longer than a line may be is refused", async () => {
    server.onWatch(stay("x".repeat(60), "x".repeat(60)));
    await expect(readAll(await transport.stream(watch))).rejects.toMatchObject({ code: "too-large" });
    await server.until(() => server.openWatches.size === 0);
  });

  test("ends with the loop that reads it", async () => {
    server.onWatch(stay("one\n"));
    for await (const lines of (await transport.stream(watch)).chunks) if (lines.length > 0) break;
    await server.until(() => server.openWatches.size === 0);
  });

  test("ends with the caller's signal: while reading, and before reading has begun", async () => {
    server.onWatch(stay("one\n"));
    const controller = new AbortController();
    const [read, unread] = [
      await transport.stream({ ...watch, signal: controller.signal }),
      await transport.stream({ ...watch, signal: controller.signal }),
    ];
    const outcome = readAll(read);
    controller.abort();
    await expect(outcome).rejects.toMatchObject({ code: "aborted" });
    await server.until(() => server.openWatches.size === 0);
    await expect(readAll(unread)).rejects.toMatchObject({ code: "aborted" });
  });

  test("that is refused explains itself like any request", async () => {
    server.onWatch(refuse(410, "Expired"));
    await expect(transport.stream(watch)).rejects.toMatchObject({ code: "expired" });
    expect(clock.pendingTimers).toBe(0);
  });

  test("ends when the transport is closed", async () => {
    server.onWatch(stay("one\n"));
    const outcome = readAll(await transport.stream(watch));
    transport.close();
    await expect(outcome).rejects.toMatchObject({ code: "aborted" });
  });
});
