/** What suites use: an API server, embedded or genuine, and a client for it. */
export { type ApiServer, type ApiServerOptions } from "./api-server.ts";
export { ClusterClient, ClusterError, type ClusterObject } from "./client.ts";
export { type Audit, type AuditFilter, type AuditRecord } from "./faults/audit-log.ts";
export { type FaultControl } from "./faults/fault-injector.ts";
export { type FaultRule } from "./faults/fault-rule.ts";
export { metallbCrds } from "./repository.ts";
export { startApiServer } from "./server.ts";
export { type KubeApiServer, startKubeApiServer, whyNoKubeApiServer } from "./kube/start.ts";
