import { type ReflectorDeps, secrets } from "@steelyard/client";
import { isJsonObject } from "@steelyard/model/foundation";
import { type ObjectMeta } from "@steelyard/model/resources";
import { type ClusterView, type PasswordSecret } from "../../ports/cluster-reader.ts";
import { ReflectedList } from "./reflected-list.ts";

interface NamedSecret extends PasswordSecret {
  readonly metadata: ObjectMeta;
}

/**
 * The Secrets that BGPPeers name, each by a watch of its own: a role may be confined to them by name, and of the others,
 * keys among them, nothing ever comes into this process.
 */
export class FollowedSecrets {
  readonly #namespace: string;
  readonly #deps: ReflectorDeps;
  readonly #onChange: () => void;
  readonly #lists = new Map<string, ReflectedList<NamedSecret>>();
  #known: ClusterView["passwordSecrets"] | undefined;
  /** As of `#known`: of a Secret that is not to be read nobody tells us. */
  #refusals = "";

  constructor(options: { readonly namespace: string }, deps: ReflectorDeps, onChange: () => void) {
    this.#namespace = options.namespace;
    this.#deps = deps;
    this.#onChange = () => {
      this.#known = undefined;
      onChange();
    };
  }

  /** What the API server has said about those that are followed; the same map until it says something else. */
  get known(): ClusterView["passwordSecrets"] {
    const refusals = [...this.#lists.values()].map(({ synced, refusal }) => (synced ? "" : refusal)).join();
    if (refusals !== this.#refusals) this.#known = undefined;
    this.#refusals = refusals;
    this.#known ??= new Map([...this.#lists].flatMap(([name, list]) => known(name, list)));
    return this.#known;
  }

  follow(names: readonly string[]): void {
    const wanted = new Set(names);
    for (const [name, list] of this.#lists) {
      if (wanted.has(name)) continue;
      this.#lists.delete(name);
      this.#known = undefined;
      void list.stop();
    }
    for (const name of wanted) if (!this.#lists.has(name)) this.#begin(name);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#lists.values()].map((list) => list.stop()));
  }

  #begin(name: string): void {
    const options = {
      type: secrets,
      namespace: this.#namespace,
      fieldSelector: `metadata.name=${name}`,
      project: projectPasswordSecret,
    };
    const list = new ReflectedList(options, this.#deps, this.#onChange);
    this.#lists.set(name, list);
    list.start(this.#onChange);
  }
}

function known(
  name: string,
  { synced, list, refusal }: ReflectedList<NamedSecret>,
): readonly [string, PasswordSecret | undefined][] {
  if (!synced && refusal !== undefined) return [[name, { type: "", password: undefined, refusal }]];
  // By name as well: a server that knows no field selector sends them all.
  return synced ? [[name, list.find(({ metadata }) => metadata.name === name)]] : [];
}

/** Nothing of a Secret but its type and its password is kept. */
export function projectPasswordSecret(raw: unknown): NamedSecret {
  const secret = isJsonObject(raw) ? raw : {};
  const metadata = isJsonObject(secret["metadata"]) ? secret["metadata"] : {};
  const data = isJsonObject(secret["data"]) ? secret["data"] : {};
  const { name, namespace, resourceVersion } = metadata;
  return {
    metadata: {
      name: String(name),
      ...(typeof namespace === "string" && { namespace }),
      ...(typeof resourceVersion === "string" && { resourceVersion }),
    },
    type: typeof secret["type"] === "string" ? secret["type"] : "",
    password: decodeBase64(data["password"]),
  };
}

function decodeBase64(value: unknown): string | undefined {
  return typeof value === "string" ? Buffer.from(value, "base64").toString("utf8") : undefined;
}
