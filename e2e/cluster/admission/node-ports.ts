import { randomInt } from "node:crypto";
import { arrayAt, at, isObject, jsonText, type KubeObject } from "../json.ts";
import { type ObjectStore } from "../store/object-store.ts";

export const firstNodePort = 30000;
export const lastNodePort = 32767;

/** Which node ports are taken, by protocol: the index follows the Services in the store. */
export class NodePorts {
  /** Service keys by `protocol/port`. */
  readonly #holders = new Map<string, string>();

  constructor(store: ObjectStore) {
    store.observe((resource, event) => {
      if (resource !== "services") return;
      for (const port of nodePortsOf(event.previous)) this.#holders.delete(port);
      if (event.type !== "DELETED")
        for (const port of nodePortsOf(event.object)) this.#holders.set(port, event.key);
    });
  }

  /** A port that no Service uses under any protocol and that is not in `taken`; undefined when there is none. */
  choose(taken: ReadonlySet<number>): number | undefined {
    const count = lastNodePort - firstNodePort + 1;
    const start = randomInt(count);
    for (let step = 0; step < count; step += 1) {
      const port = firstNodePort + ((start + step) % count);
      if (!taken.has(port) && protocols.every((protocol) => !this.#holders.has(`${protocol}/${port}`)))
        return port;
    }
    return undefined;
  }

  isFree(port: number, protocol: string, key: string): boolean {
    const holder = this.#holders.get(`${protocol}/${port}`);
    return holder === undefined || holder === key;
  }
}

const protocols = ["TCP", "UDP", "SCTP"];

function nodePortsOf(service: KubeObject | undefined): readonly string[] {
  const ports = arrayAt(service, "spec", "ports").filter(isObject);
  const used = ports.flatMap((port) => {
    const number = port["nodePort"];
    return typeof number === "number" && number !== 0
      ? [`${jsonText(port["protocol"] ?? "TCP")}/${number}`]
      : [];
  });
  const health = at(service, "spec", "healthCheckNodePort");
  return typeof health === "number" && health !== 0 ? [...used, `TCP/${health}`] : used;
}
