import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { lastManagerOf } from "@steelyard/model/resources";
import { KubeClient } from "./client.ts";
import { leases, nodes, serviceL2Statuses, services } from "./resource-types.ts";
import { answer, page, refuse, thing } from "./testing/behaviours.ts";
import { MisbehavingServer } from "./testing/misbehaving-server.ts";
import { things } from "./testing/reflector-bench.ts";
import { plainConnection } from "./testing/test-connection.ts";
import { WatchfulClock } from "./testing/watchful-clock.ts";
import { KubeTransport } from "./transport/kube-transport.ts";

let server: MisbehavingServer;
let transport: KubeTransport;
let client: KubeClient;

beforeEach(async () => {
  server = await MisbehavingServer.start();
  server.onOther(answer(200, { metadata: { name: "a", resourceVersion: "2" } }));
  transport = new KubeTransport(plainConnection(server.url), { clock: new WatchfulClock() });
  client = new KubeClient(transport);
});

afterEach(async () => {
  transport.close();
  await server.close();
});

const key = { namespace: "default", name: "a" };

/** The last request as one line, its media type and its body. */
function sent(): { line: string; type: string | undefined; body: unknown } {
  const request = server.requests.at(-1);
  const query = request?.query.size === 0 ? "" : `?${request?.query.toString()}`;
  const body: unknown = request?.body === "" ? undefined : JSON.parse(request?.body ?? "");
  return {
    line: `${request?.method} ${request?.path}${query}`,
    type: request?.headers["content-type"],
    body,
  };
}

describe("KubeClient", () => {
  test("get", async () => {
    server.onList(answer(200, { metadata: { name: "a" }, spec: { loadBalancerClass: "x" } }));
    expect((await client.get(services, key)).spec?.loadBalancerClass).toBe("x");
    expect(sent().line).toBe("GET /api/v1/namespaces/default/services/a");
    await client.get(nodes, { name: "odd/name" });
    expect(sent().line).toBe("GET /api/v1/nodes/odd%2Fname");
  });

  test("get gives managedFields in the form that lastManagerOf reads", async () => {
    const entry = {
      manager: "rival",
      operation: "Update",
      apiVersion: "v1",
      time: "2026-11-30T13:29:05Z",
      fieldsType: "FieldsV1",
      fieldsV1: { "f:status": { "f:loadBalancer": { "f:ingress": {} } } },
      subresource: "status",
    };
    server.onList(answer(200, { metadata: { name: "a", managedFields: [entry] } }));
    const service = await client.get(services, key);
    expect(lastManagerOf(service.metadata?.managedFields, ["status", "loadBalancer", "ingress"])).toEqual({
      manager: "rival",
      operation: "Update",
      subresource: "status",
      time: "2026-11-30T13:29:05Z",
    });
  });

  test("get of what does not exist", async () => {
    server.onList(refuse(404, "NotFound"));
    await expect(client.get(services, key)).rejects.toMatchObject({ code: "not-found" });
  });

  test("list gathers all pages of one snapshot", async () => {
    server.onList(
      page("10", [thing("old", "1")], "t"),
      refuse(410, "Expired"),
      page("20", [thing("a", "1")], "u"),
      page("20", [thing("b", "2")]),
    );
    const list = await client.list(things, { namespace: "default", labelSelector: "app=web" });
    expect(list.items.map(({ metadata }) => metadata?.name)).toEqual(["a", "b"]);
    expect(list.resourceVersion).toBe("20");
    expect(sent().line).toBe(
      "GET /apis/test.example/v1/namespaces/default/things?labelSelector=app%3Dweb&limit=500&continue=u",
    );
  });

  test("create", async () => {
    const object = {
      apiVersion: "metallb.io/v1beta1",
      kind: "ServiceL2Status",
      metadata: { namespace: "ns", name: "x" },
    };
    expect(await client.create(serviceL2Statuses, object, { fieldManager: "agent" })).toMatchObject({
      metadata: { resourceVersion: "2" },
    });
    expect(sent()).toEqual({
      line: "POST /apis/metallb.io/v1beta1/namespaces/ns/servicel2statuses?fieldManager=agent",
      type: "application/json",
      body: object,
    });
  });

  test("delete, with and without preconditions", async () => {
    await client.delete(leases, key, { uid: "u1", resourceVersion: "5" });
    expect(sent()).toEqual({
      line: "DELETE /apis/coordination.k8s.io/v1/namespaces/default/leases/a",
      type: "application/json",
      body: { kind: "DeleteOptions", apiVersion: "v1", preconditions: { uid: "u1", resourceVersion: "5" } },
    });
    await client.delete(leases, key);
    expect(sent().body).toEqual({ kind: "DeleteOptions", apiVersion: "v1" });
  });

  test("merge patch of a subresource", async () => {
    const patch = {
      metadata: { resourceVersion: "1" },
      status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } },
    };
    await client.mergePatch(services, key, patch, { subresource: "status", fieldManager: "operator" });
    expect(sent()).toEqual({
      line: "PATCH /api/v1/namespaces/default/services/a/status?fieldManager=operator",
      type: "application/merge-patch+json",
      body: patch,
    });
  });

  test("merge patch with a stale version", async () => {
    server = await restartWith(refuse(409, "Conflict"));
    await expect(client.mergePatch(services, key, {})).rejects.toMatchObject({
      code: "conflict",
      verdict: "retry",
    });
  });

  test("JSON patch", async () => {
    const operations = [
      { op: "test", path: "/metadata/resourceVersion", value: "1" },
      { op: "remove", path: "/metadata/annotations/x" },
    ] as const;
    await client.jsonPatch(services, key, operations);
    expect(sent()).toEqual({
      line: "PATCH /api/v1/namespaces/default/services/a",
      type: "application/json-patch+json",
      body: operations,
    });
  });

  test("server-side apply", async () => {
    await client.apply(services, key, { metadata: { name: "a" } }, { fieldManager: "operator", force: true });
    expect(sent()).toEqual({
      line: "PATCH /api/v1/namespaces/default/services/a?fieldManager=operator&force=true",
      type: "application/apply-patch+yaml",
      body: { metadata: { name: "a" } },
    });
  });
});

async function restartWith(behaviour: ReturnType<typeof answer>): Promise<MisbehavingServer> {
  transport.close();
  await server.close();
  const next = await MisbehavingServer.start();
  next.onOther(behaviour);
  transport = new KubeTransport(plainConnection(next.url), { clock: new WatchfulClock() });
  client = new KubeClient(transport);
  return next;
}
