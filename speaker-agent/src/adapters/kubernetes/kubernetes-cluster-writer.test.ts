import { describe, expect, test } from "@jest/globals";
import { KubeClient, KubeError, type KubeTransport } from "@steelyard/client";
import { ManualClock, seededRandom } from "@steelyard/model/testing";
import { type ServiceStatusWrite } from "../../core/desired/service-status.ts";
import { KubernetesClusterWriter } from "./kubernetes-cluster-writer.ts";

const path = "/apis/metallb.io/v1beta1/namespaces/metallb-system/servicel2statuses";
const status = { node: "node-a", serviceName: "web", serviceNamespace: "default", interfaces: [] };
const create: ServiceStatusWrite = {
  kind: "create",
  of: "ServiceL2Status",
  object: {
    apiVersion: "metallb.io/v1beta1",
    kind: "ServiceL2Status",
    metadata: { namespace: "metallb-system", name: "l2-1", labels: { "metallb.io/node": "node-a" } },
    spec: {},
    status,
  },
};

/** A writer whose requests are answered one after the other by `answers`; an error is thrown. */
function harness(answers: unknown[], podName?: string) {
  const requests: unknown[] = [];
  const request = (sent: Record<string, unknown>) => {
    requests.push([sent["method"], sent["path"], sent["contentType"], sent["body"]]);
    const answer = answers.shift();
    if (answer instanceof Error) return Promise.reject(answer);
    return Promise.resolve({ status: 200, headers: {}, body: answer });
  };
  const client = new KubeClient({ request } as unknown as KubeTransport);
  const deps = { client, clock: new ManualClock(), random: seededRandom(1) };
  const writer = new KubernetesClusterWriter(
    { nodeName: "node-a", namespace: "metallb-system", podName },
    deps,
  );
  return { writer, requests };
}

function failure(
  code: "not-found" | "conflict" | "already-exists" | "too-many-requests",
  retryAfterMs?: number,
): KubeError {
  const server = { "not-found": 404, conflict: 409, "already-exists": 409, "too-many-requests": 429 }[code];
  return new KubeError({
    code,
    message: code,
    status: server,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

describe("KubernetesClusterWriter", () => {
  test("creates the object, then writes its status over exactly that version", async () => {
    const stored = { metadata: { namespace: "metallb-system", name: "l2-1", resourceVersion: "8" }, status };
    const { writer, requests } = harness([{ metadata: { name: "l2-1", resourceVersion: "7" } }, stored]);
    expect(await writer.writeServiceStatus(create)).toMatchObject(stored);
    expect(requests).toEqual([
      ["POST", path, undefined, create.object],
      [
        "PATCH",
        `${path}/l2-1/status`,
        "application/merge-patch+json",
        { metadata: { resourceVersion: "7" }, status },
      ],
    ]);
  });

  test("gives metadata and status back to an object that is there already, and asks once only", async () => {
    const stored = { metadata: { namespace: "metallb-system", name: "l2-1", resourceVersion: "9" }, status };
    const relabelled = { metadata: { name: "l2-1", resourceVersion: "8" } };
    const { writer, requests } = harness([failure("already-exists"), relabelled, stored]);
    expect(await writer.writeServiceStatus(create)).toMatchObject(stored);
    const patch = "application/merge-patch+json";
    expect(requests.slice(1)).toEqual([
      ["PATCH", `${path}/l2-1`, patch, { metadata: { labels: create.object.metadata.labels } }],
      ["PATCH", `${path}/l2-1/status`, patch, { metadata: { resourceVersion: "8" }, status }],
    ]);
    const gone = harness([failure("already-exists"), failure("not-found")]);
    await expect(gone.writer.writeServiceStatus(create)).rejects.toMatchObject({
      name: "ClusterWriteError",
    });
    expect(gone.requests).toHaveLength(2);
  });

  test("deletes exactly the object that was meant; one that is gone is fine", async () => {
    const { writer, requests } = harness([{}, failure("not-found")]);
    const remove = {
      kind: "delete",
      of: "ServiceL2Status",
      namespace: "metallb-system",
      name: "l2-1",
      uid: "u1",
      because: "",
    } as const;
    expect(await writer.writeServiceStatus(remove)).toBeUndefined();
    expect(await writer.writeServiceStatus(remove)).toBeUndefined();
    expect(requests[0]).toMatchObject([
      "DELETE",
      `${path}/l2-1`,
      undefined,
      { preconditions: { uid: "u1" } },
    ]);
  });

  test("an event goes into the Service's namespace", async () => {
    const { writer, requests } = harness([{}]);
    const service = { namespace: "default", name: "web", uid: "u1" };
    await writer.recordEvent({ type: "Normal", reason: "nodeAssigned", message: "announcing", service });
    expect(requests).toMatchObject([
      ["POST", "/api/v1/namespaces/default/events", undefined, { reason: "nodeAssigned" }],
    ]);
  });

  test("the Pod owns what is written, if there is one", async () => {
    const { writer, requests } = harness([{ metadata: { uid: "p1" } }, failure("not-found")], "speaker-x");
    expect(await writer.ownPod()).toEqual({ apiVersion: "v1", kind: "Pod", name: "speaker-x", uid: "p1" });
    expect(await writer.ownPod()).toBeUndefined();
    expect(requests[0]).toMatchObject(["GET", "/api/v1/namespaces/metallb-system/pods/speaker-x"]);
    expect(await harness([]).writer.ownPod()).toBeUndefined();
  });

  test("a failure keeps its verdict and what the server asked for", async () => {
    const { writer } = harness([failure("too-many-requests", 3000), failure("not-found")]);
    await expect(writer.writeServiceStatus(create)).rejects.toMatchObject({
      name: "ClusterWriteError",
      verdict: "retry",
      retryAfterMs: 3000,
    });
    await expect(writer.writeServiceStatus(create)).rejects.toMatchObject({ verdict: "never" });
  });
});
