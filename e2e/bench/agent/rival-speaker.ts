import { type Lab } from "../../topology/lab.ts";
import { startMetallbSpeaker, whyNoMetallb } from "../../topology/metallb.ts";
import { speakerPodObject } from "../../topology/objects.ts";
import { type Program } from "../../topology/program.ts";

/** MetalLB's own speaker on node 2, for rows to compare with; undefined where it is not at hand. */
export async function startRivalSpeaker(lab: Lab): Promise<Program | undefined> {
  if (whyNoMetallb() !== undefined) return undefined;
  const node = lab.network.node(2);
  const pod = speakerPodObject(node.number, { app: "metallb", component: "speaker" });
  await lab.kube.create(`/api/v1/namespaces/${pod.metadata.namespace}/pods`, pod);
  return startMetallbSpeaker(node, {
    kubeconfigPath: lab.kubeconfigPath,
    podName: pod.metadata.name,
    ring: [],
  });
}
