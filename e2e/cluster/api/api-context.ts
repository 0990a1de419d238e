import { type AuditLog } from "../faults/audit-log.ts";
import { type FaultInjector } from "../faults/fault-injector.ts";
import { type OpenWatches } from "../watch/open-watches.ts";
import { type WriteContext } from "../write/write-context.ts";

/** Everything a request handler works with. */
export interface ApiContext extends WriteContext {
  readonly watches: OpenWatches;
  readonly faults: FaultInjector;
  readonly audit: AuditLog;
  readonly bookmarkMillis: number;
  /** `host:port` under which clients reach the server. */
  readonly address: () => string;
}
