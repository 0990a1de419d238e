import { open } from "node:fs/promises";
import { stringify } from "yaml";
import { type Audit, type AuditFilter, type AuditRecord, isWrite, selects } from "../faults/audit-log.ts";
import { type Verb } from "../http/route.ts";
import { resourceKey } from "../resources/definition.ts";

/**
 * Every answered request, without bodies; the requests of the server to itself are left out when reading. A watch is
 * answered when it opens, which may be minutes before it ends.
 */
export const auditPolicy = stringify({
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    { level: "Metadata", verbs: ["watch"] },
    { level: "Metadata", omitStages: ["ResponseStarted"] },
  ],
});

interface AuditEvent {
  readonly stage: string;
  readonly verb: string;
  readonly userAgent?: string;
  readonly user?: { readonly username?: string };
  readonly requestReceivedTimestamp: string;
  readonly objectRef?: {
    readonly resource?: string;
    readonly apiGroup?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly subresource?: string;
  };
  readonly responseStatus?: { readonly code?: number };
}

/**
 * The audit log of the genuine kube-apiserver, read from its file. Whether a write changed anything it does not say. Each
 * question reads only what was written since the last one, so that asking often during a burst costs little.
 */
export class AuditFile implements Audit {
  readonly #path: string;
  #position = 0;
  #records: AuditRecord[] = [];
  #reading: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  async writes(filter: AuditFilter = {}): Promise<readonly AuditRecord[]> {
    return (await this.#upToDate()).filter((record) => isWrite(record.verb) && selects(filter, record));
  }

  async requests(filter: AuditFilter = {}): Promise<readonly AuditRecord[]> {
    return (await this.#upToDate()).filter((record) => selects(filter, record));
  }

  async count(filter: AuditFilter = {}): Promise<number> {
    return (await this.requests(filter)).length;
  }

  async reset(): Promise<void> {
    await this.#upToDate();
    this.#records = [];
  }

  /** One reading after the other: two at a time would take the same lines in twice. */
  async #upToDate(): Promise<readonly AuditRecord[]> {
    this.#reading = this.#reading.then(() => this.#readOn());
    await this.#reading;
    return this.#records;
  }

  async #readOn(): Promise<void> {
    const bytes = await this.#bytesSince(this.#position);
    // The last line may still be being written.
    const complete = bytes.subarray(0, bytes.lastIndexOf("\n") + 1);
    this.#position += complete.length;
    for (const line of complete.toString("utf8").split("\n")) {
      if (line !== "") this.#records.push(...toRecord(JSON.parse(line) as AuditEvent));
    }
  }

  async #bytesSince(position: number): Promise<Buffer> {
    const file = await open(this.#path).catch(() => undefined);
    if (file === undefined) return Buffer.alloc(0);
    try {
      const { size } = await file.stat();
      const bytes = Buffer.alloc(Math.max(0, size - position));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, position);
      return bytes.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }
}

function toRecord({
  stage,
  objectRef,
  verb,
  userAgent = "",
  user,
  requestReceivedTimestamp,
  responseStatus,
}: AuditEvent): AuditRecord[] {
  const isEndOfWatch = verb === "watch" && stage !== "ResponseStarted";
  if (isEndOfWatch || objectRef?.resource === undefined || userAgent.startsWith("kube-apiserver/")) return [];
  const { resource, apiGroup = "", namespace = "", name = "", subresource = "" } = objectRef;
  const code = responseStatus?.code ?? 0;
  return [
    {
      time: requestReceivedTimestamp,
      verb: verb as Verb,
      resource: resourceKey({ group: apiGroup, plural: resource }),
      subresource,
      namespace,
      name,
      userAgent,
      user: user?.username ?? "",
      code,
      changed: isWrite(verb as Verb) && code < 300,
    },
  ];
}
