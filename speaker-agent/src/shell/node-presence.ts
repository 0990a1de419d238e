import { type LogSink } from "@steelyard/client";
import { type NodeResource } from "@steelyard/model/resources";

/** Warns when the cluster has no node of this agent's name: a misspelt one looks like a node that is never chosen. */
export class NodePresence {
  readonly #nodeName: string;
  readonly #log: LogSink;
  #isThere = true;

  constructor(options: { readonly nodeName: string }, deps: { readonly log: LogSink }) {
    this.#nodeName = options.nodeName;
    this.#log = deps.log;
  }

  update(nodes: readonly NodeResource[]): void {
    const isThere = nodes.some(({ metadata }) => metadata.name === this.#nodeName);
    if (isThere === this.#isThere) return;
    this.#isThere = isThere;
    const fields = { node: this.#nodeName };
    if (isThere) this.#log.info(fields, "the cluster has this node now");
    else this.#log.warn(fields, "the cluster has no node of this name, so nothing is announced from here");
  }
}
