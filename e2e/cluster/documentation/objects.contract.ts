import { describe, expect, test } from "@jest/globals";
import { type ClusterClient } from "../client.ts";
import { openBench } from "../contract/bench.ts";
import { type ApiServer } from "../api-server.ts";
import { isObject, type JsonObject, jsonText } from "../json.ts";
import { objectBlocks } from "./yaml-blocks.ts";

interface ServedKind {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Every Kubernetes object of the documentation is applied, as `kubectl apply --server-side` would, and nothing is kept. */
export function documentedObjects(start: () => Promise<ApiServer>): void {
  const bench = openBench(start);
  const blocks = objectBlocks();

  describe("the objects of the documentation", () => {
    bench.namespace("metallb-system");

    test("there are some", () => {
      expect(blocks.length).toBeGreaterThan(15);
    });

    test.each(blocks.map((block) => [block.place, block] as const))("%s", async (_place, { documents }) => {
      for (const object of documents) expect(await refusal(bench.client(), object)).toBeUndefined();
    });

    test("one with a typo in it would be refused", async () => {
      const object = {
        apiVersion: "metallb.io/v1beta1",
        kind: "IPAddressPool",
        metadata: { name: "home", namespace: "metallb-system" },
        spec: { adresses: ["192.168.7.40-192.168.7.49"] },
      };
      expect(await refusal(bench.client(), object)).toContain("adresses");
    });
  });
}

/** What the API server says against the object; undefined when it takes it. */
async function refusal(client: ClusterClient, object: JsonObject): Promise<string | undefined> {
  const path = await pathOf(client, object);
  if (path === undefined)
    return `${jsonText(object["apiVersion"])} ${jsonText(object["kind"])} is not served`;
  const query = "fieldManager=reader&fieldValidation=Strict&force=true&dryRun=All";
  const reply = await client.request("PATCH", `${path}?${query}`, {
    body: object,
    contentType: "application/apply-patch+yaml",
  });
  if (reply.code === 200 || reply.code === 201) return undefined;
  return isObject(reply.json) ? jsonText(reply.json["message"]) : reply.text;
}

async function pathOf(client: ClusterClient, object: JsonObject): Promise<string | undefined> {
  const version = jsonText(object["apiVersion"]);
  const root = version.includes("/") ? `/apis/${version}` : `/api/${version}`;
  const { resources } = await client.get<{ readonly resources: readonly ServedKind[] }>(root);
  const served = resources.find(({ name, kind }) => kind === object["kind"] && !name.includes("/"));
  if (served === undefined) return undefined;
  const metadata = object["metadata"] as { readonly name: string; readonly namespace?: string };
  const home = served.namespaced ? `/namespaces/${metadata.namespace ?? "default"}` : "";
  return `${root}${home}/${served.name}/${metadata.name}`;
}
