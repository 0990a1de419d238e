export { Backoff, type BackoffOptions } from "./backoff.ts";
export {
  KubeClient,
  type ApplyOptions,
  type CallOptions,
  type DeleteOptions,
  type JsonPatchOperation,
  type ObjectList,
  type PatchOptions,
  type WriteOptions,
} from "./client.ts";
export { systemClock, systemRandom } from "./clock.ts";
export { loadConnection, type ConnectionDeps, type ConnectionOptions } from "./connection/load-connection.ts";
export { type Access, type Channel, type ClusterConnection, type TlsMaterial } from "./connection/types.ts";
export {
  isKubeError,
  KubeError,
  type KubeErrorCode,
  type KubeFailure,
  type StatusCause,
  type Verdict,
} from "./errors.ts";
export {
  LeaseElector,
  type LeadershipListener,
  type LeaseElectorDeps,
  type LeaseElectorOptions,
} from "./lease/lease-elector.ts";
export { type LogSink } from "./log-sink.ts";
export { findOwnPod } from "./own-pod.ts";
export { pause } from "./pause.ts";
export { type ListSelection } from "./reflector/list.ts";
export { type ChangeHandler, type ObjectChange, type ObjectStore } from "./reflector/object-store.ts";
export {
  type ReflectorDeps,
  type ReflectorOptions,
  type ReflectorTiming,
} from "./reflector/reflector-options.ts";
export { Reflector } from "./reflector/reflector.ts";
export { type ReflectorMetrics } from "./reflector/reflector-metrics.ts";
export * from "./resource-types.ts";
export { type KubeRequest, type KubeResponse, type Query } from "./transport/kube-request.ts";
export {
  KubeTransport,
  type LineStream,
  type TransportDeps,
  type TransportLimits,
} from "./transport/kube-transport.ts";
export { type Wire } from "./wire.ts";
