import { parseArgs } from "node:util";
import { KubeClient, KubeTransport, loadConnection, services, systemClock } from "@steelyard/client";
import { serviceWorkers } from "../src/shell/operator-options.ts";

/**
 * Writes the statuses of all Services of a namespace as fast as the API server takes them: the operator's own transport
 * and concurrency, and nothing else. What the operator reaches is held against this.
 *
 *     write    the status and annotations given on standard input, to each Service
 *     rewrite  the status every second Service has, once with its messages changed, then as it was
 *     clear    no addresses, no conditions
 *
 * Prints one line of JSON: how many patches, how long the first one was, and the processor time of the whole process.
 */
const modes = { write, rewrite, clear } as const;

interface Target {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly status?: Status;
}

interface Status {
  readonly loadBalancer?: { readonly ingress?: unknown };
  readonly conditions?: readonly { readonly message: string }[];
}

/** What a patch changes; the object and the version it starts from are added to each. */
interface Change {
  readonly annotations?: Readonly<Record<string, string | null>>;
  readonly status: {
    readonly loadBalancer?: { readonly ingress: unknown };
    readonly conditions: readonly unknown[] | null;
  };
}

const fromPool = "metallb.io/ip-allocated-from-pool";

const { values } = parseArgs({ options: { namespace: { type: "string" }, mode: { type: "string" } } });
const connection = await loadConnection({}, { clock: systemClock });
const transport = new KubeTransport(connection, { clock: systemClock, userAgent: "raw-patches" });
const client = new KubeClient(transport);
let patches = 0;
let firstBytes = 0;
const { items } = await client.list(services, { namespace: values.namespace });
const targets = (items as unknown as (Target & { readonly spec: { readonly type: string } })[]).filter(
  ({ spec }) => spec.type === "LoadBalancer",
);
await modes[values.mode as keyof typeof modes]();
transport.close();
const { user, system } = process.cpuUsage();
const processorMillis = (user + system) / 1000;
process.stdout.write(`${JSON.stringify({ patches, firstBytes, processorMillis })}\n`);

async function write(): Promise<void> {
  const change = JSON.parse(await readStandardInput()) as Change;
  await patchAll(targets, () => change);
}

async function rewrite(): Promise<void> {
  const half = targets.filter((_, index) => index % 2 === 0);
  await patchAll(half, ({ status }) => ({
    status: { conditions: status?.conditions?.map(shout) ?? null },
  }));
  await patchAll(half, ({ status }) => ({ status: { conditions: status?.conditions ?? null } }));
}

async function clear(): Promise<void> {
  const nothing = {
    annotations: { [fromPool]: null },
    status: { loadBalancer: { ingress: null }, conditions: null },
  };
  await patchAll(targets, () => nothing);
}

/** As long as before, but different: a patch that changes nothing would not be stored. */
function shout<T extends { readonly message: string }>(condition: T): T {
  return { ...condition, message: condition.message.toUpperCase() };
}

async function patchAll(all: readonly Target[], changeOf: (target: Target) => Change): Promise<void> {
  const waiting = all.values();
  const worker = async (): Promise<void> => {
    for (const target of waiting) await patch(target, changeOf(target));
  };
  await Promise.all(Array.from({ length: serviceWorkers }, worker));
}

async function patch({ metadata }: Target, { annotations, status }: Change): Promise<void> {
  const { name, namespace, uid, resourceVersion } = metadata;
  const body = { metadata: { uid, resourceVersion, ...(annotations && { annotations }) }, status };
  if (patches === 0) firstBytes = Buffer.byteLength(JSON.stringify(body));
  patches += 1;
  const options = { subresource: "status", fieldManager: "steelyard-operator" };
  const written = await client.mergePatch(services, { name, namespace }, body, options);
  metadata.resourceVersion = (written as unknown as Target).metadata.resourceVersion;
}

async function readStandardInput(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8") as AsyncIterable<string>) text += chunk;
  return text;
}
