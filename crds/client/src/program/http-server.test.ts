import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { connect } from "node:net";
import { once } from "node:events";
import { type HttpServer, startHttpServer } from "./http-server.ts";

describe("startHttpServer", () => {
  let server: HttpServer;

  beforeEach(async () => {
    server = await startHttpServer({
      host: "127.0.0.1",
      port: 0,
      routes: {
        "/healthz": () => Promise.resolve({ status: 200, body: "ok\n" }),
        "/readyz": () => Promise.resolve({ status: 503, body: "no\n" }),
        "/metrics": () =>
          Promise.resolve({ status: 200, body: "a 1\n", contentType: "text/plain; version=0.0.4" }),
        "/broken": () => Promise.reject(new Error("the metric is broken")),
      },
    });
  });
  afterEach(() => server.close());

  test.each([
    ["GET", "/healthz", 200, "ok\n", "text/plain; charset=utf-8"],
    ["GET", "/healthz?verbose=1", 200, "ok\n", "text/plain; charset=utf-8"],
    ["GET", "/readyz", 503, "no\n", "text/plain; charset=utf-8"],
    ["GET", "/metrics", 200, "a 1\n", "text/plain; version=0.0.4"],
    ["HEAD", "/healthz", 200, "", "text/plain; charset=utf-8"],
    ["POST", "/healthz", 405, "only GET and HEAD\n", "text/plain; charset=utf-8"],
    ["GET", "/", 404, "no page /\n", "text/plain; charset=utf-8"],
    ["GET", "/toString", 404, "no page /toString\n", "text/plain; charset=utf-8"],
    ["GET", "/broken", 500, "the metric is broken\n", "text/plain; charset=utf-8"],
  ])("%s %s gives %d", async (method, path, status, body, contentType) => {
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
    expect([answer.status, await answer.text(), answer.headers.get("content-type")]).toEqual([
      status,
      body,
      contentType,
    ]);
  });

  test("says where it cannot listen", async () => {
    await expect(startHttpServer({ host: "127.0.0.1", port: server.port, routes: {} })).rejects.toThrow(
      `cannot serve HTTP on 127.0.0.1, port ${server.port}`,
    );
  });

  test("without a host it listens on every address", async () => {
    const everywhere = await startHttpServer({
      port: 0,
      routes: { "/": () => Promise.resolve({ status: 200, body: "x" }) },
    });
    const answer = await fetch(`http://127.0.0.1:${everywhere.port}/`);
    expect(await answer.text()).toBe("x");
    await everywhere.close();
  });

  test("close drops a connection that is still open", async () => {
    const socket = connect(server.port, "127.0.0.1");
    await once(socket, "connect");
    const ended = once(socket, "close");
    socket.resume();
    await server.close();
    await ended;
    expect(socket.destroyed).toBe(true);
  });
});
