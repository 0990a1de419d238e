import { type KubeClient, pods } from "@steelyard/client";
import { type Millis } from "@steelyard/model/foundation";
import { type PodFacts, projectPodFacts } from "../../core/surroundings/index.ts";
import { type PodReader } from "../../ports/pod-reader.ts";

/** One page: a namespace with more pods than this is not explained by the labels of the rest. */
const mostPods = 500;
const timeoutMs: Millis = 4_000;

export class KubernetesPodReader implements PodReader {
  readonly #client: Pick<KubeClient, "listFirst">;

  constructor({ client }: { readonly client: Pick<KubeClient, "listFirst"> }) {
    this.#client = client;
  }

  async podsOf(namespace: string, signal: AbortSignal): Promise<readonly PodFacts[]> {
    const some = await this.#client.listFirst(pods, mostPods, { namespace }, { timeoutMs, signal });
    return some.map(projectPodFacts);
  }
}
