import { formatMac, macNumber } from "../../wire/mac-address.ts";
import { type KnownNode, type Question, type WireVerdict } from "./types.ts";

/** What the answers mean. `undefined`: nothing, because there is none and not everybody could be asked. */
export function judge(question: Question, nodes: readonly KnownNode[]): WireVerdict | undefined {
  const macs = [...question.answered.values()];
  // Two interfaces of one node on one segment both answer, and lead to the same.
  const hosts = new Set(macs.map((mac) => nodeOf(mac, nodes) ?? formatMac(mac)));
  if (hosts.size > 1) return "TwoAnswer";
  const [mac] = macs;
  if (mac === undefined)
    return [...question.places.values()].every(({ at }) => at === "asked") ? "NobodyAnswers" : undefined;
  // The address may just have moved to another node; and of an owner without known MACs nothing can be said.
  return nodeOf(mac, nodes) === undefined && isKnown(question.about.owner, nodes)
    ? "ForeignHost"
    : "Reachable";
}

function nodeOf(mac: Uint8Array, nodes: readonly KnownNode[]): string | undefined {
  const number = macNumber(mac);
  return nodes.find(({ macs }) => macs.some((each) => macNumber(each) === number))?.node;
}

function isKnown(owner: string, nodes: readonly KnownNode[]): boolean {
  return nodes.some(({ node, macs }) => node === owner && macs.length > 0);
}
