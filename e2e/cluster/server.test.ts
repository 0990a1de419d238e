import { request as httpRequest } from "node:http";
import { afterEach, describe, expect, test } from "@jest/globals";
import { ManualClock } from "@steelyard/model/testing";
import { type ApiServer, type ApiServerOptions } from "./api-server.ts";
import { ClusterClient, type ClusterObject, type WatchEvent } from "./client.ts";
import { openRequest } from "./client/transport.ts";
import { readLines } from "./client/lines.ts";
import { configMap, pool, refusalOf, service } from "./contract/bench.ts";
import { type FaultRule } from "./faults/fault-rule.ts";
import { startApiServer } from "./server.ts";

const maps = "/api/v1/namespaces/default/configmaps";
const pools = "/apis/metallb.io/v1beta1/namespaces/default/ipaddresspools";

// What only the embedded server does: faults, audit, the controllers it brings along, and its ways to be started.

let running: ApiServer | undefined;

async function start(options: ApiServerOptions = {}): Promise<{ server: ApiServer; client: ClusterClient }> {
  const server = await startApiServer(options);
  running = server;
  return { server, client: new ClusterClient(server) };
}

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

describe("faults", () => {
  const get = { verbs: ["get"], resources: ["configmaps"] } as const;

  test("reset breaks the connection of the requests it is meant for, as often as it is told", async () => {
    const { server, client } = await start();
    server.faults.inject({ fault: "reset", ...get, times: 1 });
    await expect(client.request("GET", `${maps}/a`)).rejects.toThrow(/ECONNRESET|socket hang up/);
    expect((await client.request("GET", `${maps}/a`)).code).toBe(404);
    expect(server.faults.metCount).toBe(1);
  });

  test.each<[FaultRule, number, string, string | undefined]>([
    [{ fault: "gone", ...get }, 410, "Expired", undefined],
    [{ fault: "too-many-requests", retryAfterSeconds: 7, ...get }, 429, "TooManyRequests", "7"],
    [{ fault: "error", ...get }, 500, "InternalError", undefined],
    [
      { fault: "error", code: 503, reason: "ServiceUnavailable", ...get },
      503,
      "ServiceUnavailable",
      undefined,
    ],
  ])("%j answers as it says", async (rule, code, reason, retryAfter) => {
    const { server, client } = await start();
    const remove = server.faults.inject(rule);
    const reply = await client.request("GET", `${maps}/a`);
    expect(refusalOf(reply)).toMatchObject({ code, reason });
    expect(reply.headers["retry-after"]).toBe(retryAfter);
    expect((await client.request("GET", "/api/v1/namespaces/default")).code).toBe(200);
    remove();
    expect((await client.request("GET", `${maps}/a`)).code).toBe(404);
  });

  test("a lost answer: the write is done, the client does not know", async () => {
    const { server, client } = await start();
    server.faults.inject({ fault: "lost-answer", verbs: ["create"], times: 1 });
    await expect(client.create(maps, configMap("written"))).rejects.toThrow(/ECONNRESET|socket hang up/);
    expect(await client.find(`${maps}/written`)).toBeDefined();
    expect(await server.audit.writes()).toMatchObject([{ verb: "create", code: 201, changed: true }]);
  });

  test("slow answers late, and nothing else has to wait", async () => {
    const clock = new ManualClock();
    const { server, client } = await start({ clock });
    server.faults.inject({ fault: "slow", delayMillis: 5_000, ...get });
    let answered = false;
    const slow = client.request("GET", `${maps}/a`).finally(() => (answered = true));
    await client.request("GET", "/api/v1/namespaces/default");
    expect(answered).toBe(false);
    clock.advance(5_000);
    expect((await slow).code).toBe(404);
  });

  test("silence keeps the connection and says nothing; a watch gets its head", async () => {
    const { server, client } = await start();
    server.faults.inject({ fault: "silence", resources: ["configmaps"] });
    const stop = new AbortController();
    const watch = await openRequest(server, { method: "GET", path: `${maps}?watch=true` }, stop.signal);
    expect(watch.statusCode).toBe(200);
    const silent = openRequest(server, { method: "GET", path: maps }, stop.signal);
    await client.create("/api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "n" },
    });
    stop.abort();
    await expect(silent).rejects.toThrow(/abort/);
  });

  test("a rule looks at namespace, name, subresource and user agent", async () => {
    const { server, client } = await start();
    await client.create("/api/v1/namespaces/default/services", service("a", { type: "LoadBalancer" }));
    server.faults.inject({
      fault: "error",
      namespace: "default",
      name: "a",
      subresource: "status",
      userAgent: "suite",
    });
    const path = "/api/v1/namespaces/default/services/a";
    expect((await client.request("GET", `${path}/status`)).code).toBe(500);
    expect((await client.request("GET", path)).code).toBe(200);
    server.faults.clear();
    server.faults.inject({ fault: "error", userAgent: "nobody" });
    expect((await client.request("GET", path)).code).toBe(200);
  });
});

describe("watches under faults", () => {
  async function watching(server: ApiServer, query = ""): Promise<AsyncGenerator<string>> {
    const signal = AbortSignal.timeout(10_000);
    const response = await openRequest(server, { method: "GET", path: `${maps}?watch=true${query}` }, signal);
    return readLines(response, signal);
  }

  test("history that is forgotten is 410 as an event, and as an answer to a list", async () => {
    const { server, client } = await start();
    const before = (await client.create(maps, configMap("a"))).metadata.resourceVersion;
    const page = await client.get<{ metadata: { continue: string } }>("/api/v1/namespaces?limit=1");
    await client.create(maps, configMap("b"));
    server.faults.compactHistory();
    const lines = await watching(server, `&resourceVersion=${before}`);
    const event = JSON.parse((await lines.next()).value as string) as WatchEvent<object>;
    expect(event).toMatchObject({ type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired" } });
    expect((await lines.next()).done).toBe(true);
    expect(
      refusalOf(await client.request("GET", `/api/v1/namespaces?limit=1&continue=${page.metadata.continue}`)),
    ).toMatchObject({ code: 410, reason: "Expired" });
    expect(
      (await client.request("GET", `${maps}?resourceVersion=${before}&resourceVersionMatch=Exact`)).code,
    ).toBe(410);
  });

  test("the history that is kept has a limit", async () => {
    const { server, client } = await start({ historyPerResource: 5 });
    const { metadata } = await client.create<ClusterObject>(maps, configMap("a"));
    for (let n = 0; n < 12; n += 1) await client.mergePatch(`${maps}/a`, { data: { n: String(n) } });
    const lines = await watching(server, `&resourceVersion=${metadata.resourceVersion}`);
    expect(JSON.parse((await lines.next()).value as string)).toMatchObject({
      type: "ERROR",
      object: { code: 410 },
    });
  });

  test.each([
    ["end", true],
    ["gone", false],
    ["error", false],
  ] as const)("%s ends the running watches", async (how, isQuiet) => {
    const { server } = await start();
    const lines = await watching(server);
    const next = lines.next();
    while (server.faults.openWatches === 0) await new ClusterClient(server).request("GET", "/version");
    expect(server.faults.interruptWatches(how, ["configmaps"])).toBe(1);
    const first = await next;
    if (isQuiet) expect(first.done).toBe(true);
    else
      expect(JSON.parse(first.value as string)).toMatchObject({
        type: "ERROR",
        object: { code: how === "gone" ? 410 : 500 },
      });
    expect((await lines.next()).done).toBe(true);
    expect(server.faults.interruptWatches("end", ["services"])).toBe(0);
  });

  test("reset breaks the running watches", async () => {
    const { server, client } = await start();
    await client.create(maps, configMap("a"));
    const lines = await watching(server);
    await lines.next();
    server.faults.interruptWatches("reset");
    await expect(lines.next()).rejects.toThrow(/aborted|ECONNRESET/);
  });

  test("a watch that fell silent misses what happens, one that gets garbage goes on", async () => {
    const { server, client } = await start();
    await client.create(maps, configMap("a"));
    const silent = await watching(server);
    const spoilt = await watching(server);
    await silent.next();
    await spoilt.next();
    server.faults.interruptWatches("garbage");
    expect(() => JSON.parse("{") as unknown).toThrow();
    const garbage = (await spoilt.next()).value as string;
    expect(() => JSON.parse(garbage) as unknown).toThrow();
    await silent.next();
    server.faults.interruptWatches("silence");
    await client.create(maps, configMap("b"));
    server.faults.interruptWatches("end");
    expect((await silent.next()).done).toBe(true);
  });

  test("bookmarks advance the version of a quiet watch", async () => {
    const clock = new ManualClock();
    const { server, client } = await start({ clock, bookmarkMillis: 1_000 });
    const lines = await watching(server, "&allowWatchBookmarks=true&resourceVersion=1");
    const next = lines.next();
    while (server.faults.openWatches === 0) await client.request("GET", "/version");
    const { metadata } = await client.create<ClusterObject>("/api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "n" },
    });
    clock.advance(1_000);
    const bookmark = {
      kind: "ConfigMap",
      apiVersion: "v1",
      metadata: { resourceVersion: metadata.resourceVersion },
    };
    expect(JSON.parse((await next).value as string)).toEqual({ type: "BOOKMARK", object: bookmark });
    clock.advance(1_000);
    expect(JSON.parse((await lines.next()).value as string)).toMatchObject({ type: "BOOKMARK" });
  });
});

describe("audit", () => {
  test("writes are recorded with who wrote what, and whether it changed anything", async () => {
    const { server, client } = await start();
    await client.create(pools, pool("p"));
    await client.get(`${pools}/p`);
    await client.mergePatch(`${pools}/p`, {});
    await client.request("POST", pools, { body: pool("p", {}) });
    await client.delete(`${pools}/p`);
    const writes = await server.audit.writes({
      userAgent: "steelyard-suite",
      resource: "ipaddresspools.metallb.io",
    });
    expect(writes.map(({ verb, name, code, changed }) => [verb, name, code, changed])).toEqual([
      ["create", "", 201, true],
      ["patch", "p", 200, false],
      ["create", "", 422, false],
      ["delete", "p", 200, true],
    ]);
    expect(await server.audit.count({ verbs: ["get"] })).toBe(1);
    expect(await server.audit.writes({ userAgent: "somebody else" })).toEqual([]);
    await server.audit.reset();
    expect(await server.audit.writes()).toEqual([]);
  });
});

describe("control endpoints", () => {
  test("faults and audit can be reached from another process, faults do not hit them", async () => {
    const { client } = await start();
    expect(
      (
        await client.request("POST", "/_faults", {
          body: { fault: "error", verbs: ["list"], resources: ["configmaps"] },
        })
      ).code,
    ).toBe(201);
    expect((await client.request("GET", maps)).code).toBe(500);
    expect(await client.get("/_faults")).toMatchObject({ metCount: 1, rules: [{ fault: "error" }] });
    await client.delete("/_faults");
    expect((await client.request("GET", maps)).code).toBe(200);
    await client.create(maps, configMap("a"));
    expect(await client.get("/_audit?resource=configmaps")).toMatchObject({
      writes: [{ verb: "create", namespace: "default" }],
    });
    await client.delete("/_audit");
    expect(await client.get("/_audit")).toMatchObject({ writes: [] });
    expect(await client.create("/_faults", { interruptWatches: "reset" })).toEqual({ interrupted: 0 });
    expect(await client.create("/_faults", { compactHistory: true })).toEqual({});
  });

  test.each([{ fault: "explosion" }, { interruptWatches: "gently" }, "text"])(
    "%j is refused",
    async (body) => {
      const { client } = await start();
      expect((await client.request("POST", "/_faults", { body: JSON.stringify(body) })).code).toBe(400);
    },
  );
});

describe("what the cluster does by itself", () => {
  test("what is owned goes with its owner; another owner keeps it", async () => {
    const { client } = await start();
    const owners = await Promise.all(
      ["a", "b"].map((name) => client.create<ClusterObject>(maps, configMap(name))),
    );
    const references = owners.map(({ metadata }) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      name: metadata.name,
      uid: metadata.uid ?? "",
    }));
    await client.create(maps, configMap("owned-by-a", { ownerReferences: references.slice(0, 1) }));
    await client.create(maps, configMap("owned-by-both", { ownerReferences: references }));
    await client.delete(`${maps}/a`);
    expect(await client.find(`${maps}/owned-by-a`)).toBeUndefined();
    expect(await client.get(`${maps}/owned-by-both`)).toMatchObject({
      metadata: { ownerReferences: [{ name: "b" }] },
    });
    await client.delete(`${maps}/b`);
    expect(await client.find(`${maps}/owned-by-both`)).toBeUndefined();
  });

  test("a namespace goes when all in it is gone", async () => {
    const { client } = await start();
    const inside = "/api/v1/namespaces/n/configmaps";
    await client.create("/api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "n" },
    });
    await client.create(inside, configMap("plain"));
    await client.create(inside, configMap("held", { finalizers: ["steelyard.io/test"] }));
    await client.delete("/api/v1/namespaces/n");
    expect(await client.find(`${inside}/plain`)).toBeUndefined();
    expect(await client.get("/api/v1/namespaces/n")).toMatchObject({ status: { phase: "Terminating" } });
    await client.mergePatch(`${inside}/held`, { metadata: { finalizers: null } });
    expect(await client.find("/api/v1/namespaces/n")).toBeUndefined();
  });

  test("custom objects go with their definition", async () => {
    const { client } = await start();
    await client.create(pools, pool("p"));
    await client.delete("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/ipaddresspools.metallb.io");
    expect((await client.request("GET", pools)).code).toBe(404);
  });
});

describe("starting", () => {
  test("with a token, everybody else is unauthorised", async () => {
    const { server, client } = await start({ token: "secret" });
    expect((await client.request("GET", "/version")).code).toBe(200);
    const stranger = new ClusterClient({ ...server, token: "guess" });
    expect(refusalOf(await stranger.request("GET", "/version"))).toMatchObject({
      code: 401,
      reason: "Unauthorized",
    });
  });

  test("with TLS, its certificate is trusted by who has the kubeconfig", async () => {
    const { server, client } = await start({ tls: true });
    expect(server.url).toMatch(/^https:/);
    expect((await client.request("GET", "/version")).code).toBe(200);
    const distrustful = new ClusterClient({ ...server, certificateAuthority: undefined });
    await expect(distrustful.request("GET", "/version")).rejects.toThrow(/self-signed|unable to verify/);
  });

  test("on IPv6 as well", async () => {
    const { server, client } = await start({ host: "::1" });
    expect(server.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect((await client.request("GET", "/version")).code).toBe(200);
  });

  test("a folder without definitions is an error", async () => {
    await expect(startApiServer({ crds: import.meta.dirname })).rejects.toThrow(
      /holds no CustomResourceDefinition/,
    );
  });

  test("stopping breaks what is open and refuses what comes", async () => {
    const { server, client } = await start();
    const watch = await openRequest(
      server,
      { method: "GET", path: `${maps}?watch=true` },
      AbortSignal.timeout(10_000),
    );
    const broken = new Promise((resolve) =>
      watch
        .once("close", resolve)
        .once("error", () => undefined)
        .resume(),
    );
    await server.stop();
    await broken;
    await expect(client.request("GET", "/version")).rejects.toThrow(/ECONNREFUSED/);
  });

  test("a path that cannot be read is answered", async () => {
    const { server } = await start();
    const code = await new Promise((resolve, reject) => {
      const { hostname, port } = new URL(server.url);
      httpRequest({ hostname, port, path: "/api/v1/namespaces/%zz" }, (response) =>
        resolve(response.resume().statusCode),
      )
        .once("error", reject)
        .end();
    });
    expect(code).toBe(400);
  });

  test("protobuf is refused with advice", async () => {
    const { client } = await start();
    const reply = await client.request("POST", "/api/v1/namespaces", {
      body: "k8s",
      contentType: "application/vnd.kubernetes.protobuf",
    });
    expect(refusalOf(reply)).toMatchObject({ code: 415, reason: "UnsupportedMediaType" });
    expect(refusalOf(reply).message).toContain("kubectl apply -f");
  });
});
