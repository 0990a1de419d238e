import { readFile } from "node:fs/promises";
import { stringify } from "yaml";
import { type Audit, type AuditFilter, type AuditRecord, isWrite, selects } from "../faults/audit-log.ts";
import { type Verb } from "../http/route.ts";
import { resourceKey } from "../resources/definition.ts";

/** Every answered request, without bodies; the requests of the server to itself are left out when reading. */
export const auditPolicy = stringify({
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived", "ResponseStarted"],
  rules: [{ level: "Metadata" }],
});

interface AuditEvent {
  readonly auditID: string;
  readonly verb: string;
  readonly userAgent?: string;
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

/** The audit log of the genuine kube-apiserver, read from its file. Whether a write changed anything it does not say. */
export class AuditFile implements Audit {
  readonly #path: string;
  #skipped = 0;

  constructor(path: string) {
    this.#path = path;
  }

  async writes(filter: AuditFilter = {}): Promise<readonly AuditRecord[]> {
    return (await this.#records()).filter((record) => isWrite(record.verb) && selects(filter, record));
  }

  async count(filter: AuditFilter = {}): Promise<number> {
    return (await this.#records()).filter((record) => selects(filter, record)).length;
  }

  async reset(): Promise<void> {
    this.#skipped = (await this.#lines()).length;
  }

  async #records(): Promise<readonly AuditRecord[]> {
    const lines = (await this.#lines()).slice(this.#skipped);
    return lines.map((line) => JSON.parse(line) as AuditEvent).flatMap(toRecord);
  }

  async #lines(): Promise<readonly string[]> {
    const text = await readFile(this.#path, "utf8").catch(() => "");
    // The last line may still be being written.
    return text
      .slice(0, text.lastIndexOf("\n") + 1)
      .split("\n")
      .filter((line) => line !== "");
  }
}

function toRecord({
  objectRef,
  verb,
  userAgent = "",
  requestReceivedTimestamp,
  responseStatus,
}: AuditEvent): AuditRecord[] {
  if (objectRef?.resource === undefined || userAgent.startsWith("kube-apiserver/")) return [];
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
      code,
      changed: isWrite(verb as Verb) && code < 300,
    },
  ];
}
