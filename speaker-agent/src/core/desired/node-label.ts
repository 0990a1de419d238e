import { type Sha256 } from "../election/sha256.ts";
import { shortHash } from "./short-hash.ts";

/** The most characters a label's value may have (Kubernetes, "Syntax and character set" of labels); a node's name: 253. */
const longestLabelValue = 63;

/**
 * The value of the label that says which node a status object is from: the node's name where that fits. A longer one is
 * cut and gets a hash of the whole name, so that two nodes with one beginning stay apart.
 */
export function nodeLabelOf(nodeName: string, deps: { readonly sha256: Sha256 }): string {
  if (nodeName.length <= longestLabelValue) return nodeName;
  const hash = shortHash(deps.sha256(nodeName));
  return `${nodeName.slice(0, longestLabelValue - hash.length - 1)}-${hash}`;
}
