import { afterAll, beforeAll } from "@jest/globals";
import { type ApiServer } from "../api-server.ts";
import { ClusterClient } from "../client.ts";
import { type Reply } from "../client/transport.ts";
import { type JsonObject, jsonText } from "../json.ts";

/** One running server for all tests of the contract; each group of tests works in a namespace of its own. */
export interface Bench {
  readonly server: () => ApiServer;
  readonly client: () => ClusterClient;
  /** Creates a namespace before the tests of the group that calls this. */
  namespace(name: string): void;
}

export function openBench(start: () => Promise<ApiServer>): Bench {
  let server: ApiServer | undefined;
  beforeAll(async () => {
    server = await start();
  }, 90_000);
  afterAll(() => server?.stop());
  const running = (): ApiServer => {
    if (server === undefined) throw new Error("the server has not started");
    return server;
  };
  const client = (): ClusterClient => new ClusterClient(running());
  return {
    server: running,
    client,
    namespace: (name) => {
      beforeAll(() =>
        client().create("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } }),
      );
    },
  };
}

export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

/** What a refusal says, reduced to what clients go by. */
export interface Refusal {
  readonly code: number;
  readonly reason: string | undefined;
  readonly message: string;
  /** `reason field` of each cause, sorted: the order of causes is not part of the contract. */
  readonly causes: readonly string[];
  readonly details: JsonObject;
}

export function refusalOf(reply: Reply): Refusal {
  const status = reply.json as JsonObject & { details?: JsonObject & { causes?: readonly Cause[] } };
  const causes = (status.details?.causes ?? []).map(({ reason, field }) => `${reason} ${field}`);
  return {
    code: reply.code,
    reason: status["reason"] as string | undefined,
    message: jsonText(status["message"]),
    causes: [...causes].sort(),
    details: status.details ?? {},
  };
}

/** The texts of the Warning headers of a reply. */
export function warningsOf(reply: Reply): readonly string[] {
  const header = reply.headers["warning"];
  return [...(header ?? "").matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) =>
    text.replace(/\\(.)/g, "$1"),
  );
}

export const mergePatch = { contentType: "application/merge-patch+json" };

export function service(name: string, spec: JsonObject = {}): JsonObject {
  return { apiVersion: "v1", kind: "Service", metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } };
}

export function configMap(name: string, metadata: JsonObject = {}, data: JsonObject = {}): JsonObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...metadata }, data };
}

export function pool(name: string, spec: JsonObject = { addresses: ["192.0.2.0/24"] }): JsonObject {
  return { apiVersion: "metallb.io/v1beta1", kind: "IPAddressPool", metadata: { name }, spec };
}
