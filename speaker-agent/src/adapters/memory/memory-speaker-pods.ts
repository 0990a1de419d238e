import { type IpAddress } from "@steelyard/model/address";
import { type SpeakerPods } from "../../ports/speaker-pods.ts";

/** Pods in memory, with an API server that can be away. */
export class MemorySpeakerPods implements SpeakerPods {
  pods: readonly (readonly IpAddress[])[] = [];
  connected = true;
  /** How often it has been asked. */
  asked = 0;

  list(): Promise<readonly (readonly IpAddress[])[]> {
    this.asked++;
    if (!this.connected) return Promise.reject(new Error("the API server is away"));
    return Promise.resolve(this.pods.filter((addresses) => addresses.length > 0));
  }
}
