import { type OwnerReference } from "@steelyard/model/resources";
import { type CallOptions, type KubeClient } from "./client.ts";
import { isKubeError } from "./errors.ts";
import { pods } from "./resource-types.ts";

/**
 * The Pod that a program runs in, as the owner of what it creates (reference metallb.md, section 1).
 *
 * @param place `podName`: value of `--pod-name`; undefined or empty = not in a Pod
 * @returns undefined when there is no such Pod: started by hand with a Pod's name, or in a test
 */
export async function findOwnPod(
  client: Pick<KubeClient, "get">,
  { namespace, podName }: { readonly namespace: string; readonly podName: string | undefined },
  options: CallOptions,
): Promise<OwnerReference | undefined> {
  if (podName === undefined || podName === "") return undefined;
  try {
    const pod = await client.get(pods, { namespace, name: podName }, options);
    const uid = pod.metadata?.uid;
    return uid === undefined ? undefined : { apiVersion: "v1", kind: "Pod", name: podName, uid };
  } catch (error) {
    if (isKubeError(error, "not-found")) return undefined;
    throw error;
  }
}
