import { type ConfigurationStateResource, type OwnerReference } from "@steelyard/model/resources";
import { type ServiceStatusObject, type ServiceStatusWrite } from "../core/desired/service-status.ts";
import { type ConfigurationStateWrite } from "../core/reporting/plan-configuration-state.ts";
import { type ServiceEvent } from "../core/reporting/service-event.ts";

/**
 * A write that the cluster did not take. `retry`: the same write may succeed in a moment; `later`: somebody has to
 * change something first, such as a role; `never`: the write itself is wrong, or its object has changed meanwhile.
 */
export class ClusterWriteError extends Error {
  override readonly name = "ClusterWriteError";
  readonly verdict: "retry" | "later" | "never";
  /** How long the server asked us to stay away. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    options: { verdict: "retry" | "later" | "never"; retryAfterMs?: number; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.verdict = options.verdict;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** What the agent writes into the cluster: who announces what. All calls reject with ClusterWriteError. */
export interface ClusterWriter {
  /** Performs one write; gives the object as it is stored now, undefined after a deletion. */
  writeServiceStatus(write: ServiceStatusWrite): Promise<ServiceStatusObject | undefined>;
  /** Performs one write; gives the object as it is stored now. */
  writeConfigurationState(write: ConfigurationStateWrite): Promise<ConfigurationStateResource>;
  recordEvent(event: ServiceEvent): Promise<void>;
  /** The Pod this program runs in, as the owner of what it creates; undefined when there is no such Pod. */
  ownPod(): Promise<OwnerReference | undefined>;
}
