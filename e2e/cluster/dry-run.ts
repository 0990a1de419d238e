import { type ClusterClient } from "./client.ts";
import { isObject, type JsonObject, jsonText } from "./json.ts";

interface ServedKind {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/**
 * What the API server says against the object when it is applied as `kubectl apply --server-side --dry-run=server` does, unknown
 * fields included; undefined when it takes it.
 */
export async function refusalInDryRun(
  client: ClusterClient,
  object: JsonObject,
): Promise<string | undefined> {
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
  const group = await client.find<{ readonly resources: readonly ServedKind[] }>(root);
  const served = group?.resources.find(({ name, kind }) => kind === object["kind"] && !name.includes("/"));
  if (served === undefined) return undefined;
  const metadata = object["metadata"] as { readonly name: string; readonly namespace?: string };
  const home = served.namespaced ? `/namespaces/${metadata.namespace ?? "default"}` : "";
  return `${root}${home}/${served.name}/${metadata.name}`;
}
