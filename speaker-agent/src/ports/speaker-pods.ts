import { type IpAddress } from "@steelyard/model/address";

/** The Pods this one gossips with, as the API server has them: MetalLB's role lets a speaker list them, but not watch. */
export interface SpeakerPods {
  /**
   * The addresses of each Pod that runs or is about to, its own among them, the first one first; never an empty list in it.
   * Rejects when the API server does not answer; the caller tries again.
   */
  list(): Promise<readonly (readonly IpAddress[])[]>;
}
