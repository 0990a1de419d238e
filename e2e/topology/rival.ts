import { type ApiServer, ClusterClient, ClusterError, type ClusterObject } from "../cluster/index.ts";
import { pathOf } from "./resource-paths.ts";
import { serviceObject } from "./objects.ts";

/** What another controller does with a Service each time it hears of a version that it has not written itself. */
export interface RivalBehaviour {
  /** Its user agent and field manager. */
  readonly name: string;
  /** The patch it answers with; `round` counts its answers. */
  readonly answer: (round: number) => { readonly subresource?: "status"; readonly patch: object };
}

/** Another controller on the same API server: a client of its own, with a watch of its own, under a name of its own. */
export class Rival {
  readonly #behaviour: RivalBehaviour;
  readonly #kube: ClusterClient;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #rounds = 0;

  private constructor(api: ApiServer, service: string, behaviour: RivalBehaviour) {
    const { url, token, certificateAuthority } = api;
    this.#kube = new ClusterClient({ url, token, certificateAuthority, userAgent: behaviour.name });
    this.#behaviour = behaviour;
    this.#running = this.#follow(pathOf(serviceObject(service)));
  }

  /** Begins to work on one Service. */
  static start(api: ApiServer, service: string, behaviour: RivalBehaviour): Rival {
    return new Rival(api, service, behaviour);
  }

  /** How often it has answered. */
  get rounds(): number {
    return this.#rounds;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #follow(path: string): Promise<void> {
    const [, collection = "", name = ""] = /^(.*)\/([^/]+)$/.exec(path) ?? [];
    let own: string | undefined;
    try {
      const selection = `${collection}?fieldSelector=metadata.name%3D${name}`;
      for await (const { type, object } of this.#kube.watch(selection, this.#stop.signal)) {
        if ((type !== "ADDED" && type !== "MODIFIED") || object.metadata.resourceVersion === own) continue;
        own = (await this.#answer(path))?.metadata.resourceVersion;
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error;
    }
  }

  async #answer(path: string): Promise<ClusterObject | undefined> {
    const { subresource, patch } = this.#behaviour.answer(this.#rounds++);
    const target = subresource === undefined ? path : `${path}/${subresource}`;
    try {
      return await this.#kube.mergePatch(`${target}?fieldManager=${this.#behaviour.name}`, patch);
    } catch (error) {
      if (error instanceof ClusterError && error.code === 409) return undefined;
      throw error;
    }
  }
}
