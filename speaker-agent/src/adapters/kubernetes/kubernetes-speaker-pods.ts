import { type KubeClient, pods } from "@steelyard/client";
import { type IpAddress, parseIpAddress } from "@steelyard/model/address";
import { type SpeakerPods } from "../../ports/speaker-pods.ts";

const timeoutMs = 10_000;

export class KubernetesSpeakerPods implements SpeakerPods {
  readonly #selection: { readonly namespace: string; readonly labelSelector: string };
  readonly #client: Pick<KubeClient, "list">;

  constructor(
    { namespace, labelSelector }: { readonly namespace: string; readonly labelSelector: string },
    { client }: { readonly client: Pick<KubeClient, "list"> },
  ) {
    this.#selection = { namespace, labelSelector };
    this.#client = client;
  }

  async list(): Promise<readonly (readonly IpAddress[])[]> {
    const { items } = await this.#client.list(pods, this.#selection, { timeoutMs });
    return items.map(({ status }) => addressesOf(status)).filter((addresses) => addresses.length > 0);
  }
}

interface PodStatus {
  readonly phase?: string;
  readonly podIP?: string;
  readonly podIPs?: readonly { readonly ip?: string }[];
}

/** A Pod that has ended keeps its address in the status, and somebody else may have it by now. */
function addressesOf(status: PodStatus | undefined): readonly IpAddress[] {
  if (status === undefined || status.phase === "Succeeded" || status.phase === "Failed") return [];
  const texts = [status.podIP, ...(status.podIPs ?? []).map(({ ip }) => ip)];
  return [...new Set(texts)].flatMap((text) => {
    const address = text === undefined ? undefined : parseIpAddress(text);
    return address?.ok === true ? [address.value] : [];
  });
}
