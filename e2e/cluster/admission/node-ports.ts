import { randomInt } from "node:crypto";
import { arrayAt, at, isObject, type KubeObject } from "../json.ts";
import { type ObjectStore } from "../store/object-store.ts";

export const firstNodePort = 30000;
export const lastNodePort = 32767;

/** How many ports at the beginning of the range are given out only when the others are used up. */
const staticNodePorts = 86;

/**
 * Which node ports are taken, whatever their protocol: only within one Service may two protocols share a number. The
 * index follows the Services in the store, so a refused or dry-run write leaves no trace.
 */
export class NodePorts {
  /** Service keys by port. */
  readonly #holders = new Map<number, string>();

  constructor(store: ObjectStore) {
    store.observe((resource, event) => {
      if (resource !== "services") return;
      for (const port of nodePortsOf(event.previous)) this.#holders.delete(port);
      if (event.type !== "DELETED")
        for (const port of nodePortsOf(event.object)) this.#holders.set(port, event.key);
    });
  }

  /**
   * A port that no Service uses and that is not in `taken`; undefined when there is none. The lowest ports come last:
   * they are kept for Services that ask for a certain one.
   */
  choose(taken: ReadonlySet<number>): number | undefined {
    const isFree = (port: number): boolean => !taken.has(port) && !this.#holders.has(port);
    return (
      freeFrom(firstNodePort + staticNodePorts, lastNodePort, isFree) ??
      freeFrom(firstNodePort, lastNodePort, isFree)
    );
  }

  /** Whether the Service `key` may use `port`: nobody else does. */
  isFree(port: number, key: string): boolean {
    const holder = this.#holders.get(port);
    return holder === undefined || holder === key;
  }
}

/** The first free port from a random one on, around the range once. */
function freeFrom(first: number, last: number, isFree: (port: number) => boolean): number | undefined {
  const count = last - first + 1;
  const start = randomInt(count);
  for (let step = 0; step < count; step += 1) {
    const port = first + ((start + step) % count);
    if (isFree(port)) return port;
  }
  return undefined;
}

function nodePortsOf(service: KubeObject | undefined): readonly number[] {
  const ports = arrayAt(service, "spec", "ports")
    .filter(isObject)
    .map((port) => port["nodePort"]);
  const all = [...ports, at(service, "spec", "healthCheckNodePort")];
  return all.filter((port): port is number => typeof port === "number" && port !== 0);
}
