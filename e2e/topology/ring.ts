import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ClusterClient } from "../cluster/index.ts";
import { plan } from "./addressing.ts";
import { type ClusterNode } from "./cluster-node.ts";
import { speakerPodObject, speakerPodStatus } from "./objects.ts";
import { pathOf } from "./resource-paths.ts";

const labels = { app: "metallb", component: "speaker" } as const;
/** As the controller makes it: 16 bytes in base64 without padding. */
const secretKey = "c3RlZWx5YXJkLWxhYi1rZQ";

/** What makes speakers one ring: Pod objects by which they find each other, and the key they share. */
export class Ring {
  readonly #kube: ClusterClient;
  readonly #keyFolder: string;

  constructor(kube: ClusterClient, folder: string) {
    this.#kube = kube;
    this.#keyFolder = join(folder, "ring");
    mkdirSync(this.#keyFolder);
    chmodSync(this.#keyFolder, 0o755);
    const file = join(this.#keyFolder, "secretkey");
    writeFileSync(file, secretKey);
    chmodSync(file, 0o644);
  }

  /** Makes the speaker's Pod of a node known, as the DaemonSet controller and the kubelet do. */
  async enlist(node: ClusterNode): Promise<void> {
    const pod = speakerPodObject(node.number, labels);
    const collection = `/api/v1/namespaces/${pod.metadata.namespace}/pods`;
    await this.#kube.create(collection, pod);
    await this.#kube.mergePatch(`${pathOf(pod)}/status`, { status: speakerPodStatus(node.number) });
  }

  /** MetalLB's flags, which a genuine speaker understands as well. */
  flags(node: ClusterNode): readonly string[] {
    const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    return [
      "--ml-bindaddr",
      plan.nodeAddress4(node.number),
      "--ml-labels",
      selector.join(","),
      "--ml-secret-key-path",
      this.#keyFolder,
    ];
  }

  podName(node: ClusterNode): string {
    return speakerPodObject(node.number, labels).metadata.name;
  }
}
