import { type Verb } from "../http/route.ts";

/** One request that was answered. */
export interface AuditRecord {
  /** RFC 3339 with microseconds. */
  readonly time: string;
  readonly verb: Verb;
  /** Plural, with the group behind a dot where there is one. */
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly userAgent: string;
  /** Whom the server took the request to be from; the embedded one asks nobody. */
  readonly user?: string;
  readonly code: number;
  /** Whether the store was changed: a write that makes no difference is answered 200 and changes nothing. */
  readonly changed: boolean;
}

export interface AuditFilter {
  readonly userAgent?: string;
  readonly resource?: string;
  readonly verbs?: readonly Verb[];
}

/** Who asked for what. Suites use it to show that nothing was written. */
export interface Audit {
  /** Every create, update, patch and delete since the last reset, refused ones included, oldest first. */
  writes(filter?: AuditFilter): Promise<readonly AuditRecord[]>;
  /** The requests of any verb that matched, oldest first. */
  requests(filter?: AuditFilter): Promise<readonly AuditRecord[]>;
  /** How many requests of any verb matched. */
  count(filter?: AuditFilter): Promise<number>;
  reset(): Promise<void>;
}

const writeVerbs: readonly Verb[] = ["create", "update", "patch", "delete", "deletecollection"];

export class AuditLog implements Audit {
  #records: AuditRecord[] = [];

  add(record: AuditRecord): void {
    this.#records.push(record);
  }

  writes(filter: AuditFilter = {}): Promise<readonly AuditRecord[]> {
    return Promise.resolve(
      this.#records.filter((record) => writeVerbs.includes(record.verb) && selects(filter, record)),
    );
  }

  requests(filter: AuditFilter = {}): Promise<readonly AuditRecord[]> {
    return Promise.resolve(this.#records.filter((record) => selects(filter, record)));
  }

  count(filter: AuditFilter = {}): Promise<number> {
    return Promise.resolve(this.#records.filter((record) => selects(filter, record)).length);
  }

  reset(): Promise<void> {
    this.#records = [];
    return Promise.resolve();
  }
}

export function isWrite(verb: Verb): boolean {
  return writeVerbs.includes(verb);
}

export function selects({ userAgent, resource, verbs }: AuditFilter, record: AuditRecord): boolean {
  return (
    (userAgent === undefined || record.userAgent.includes(userAgent)) &&
    (resource === undefined || record.resource === resource) &&
    (verbs === undefined || verbs.includes(record.verb))
  );
}
