import { deployments, isKubeError, type KubeClient, secrets } from "@steelyard/client";
import { type Millis } from "@steelyard/model/foundation";
import { type OwnerReference } from "@steelyard/model/resources";
import { ownFieldManager } from "../../core/contest/index.ts";
import { type MemberlistSecret, type SecretState } from "../../ports/memberlist-secret.ts";

export interface MemberlistSecretOptions {
  readonly namespace: string;
  readonly name: string;
  /** Name of the operator's own Deployment, which is to own the Secret; undefined or empty = nobody does. */
  readonly deployment: string | undefined;
}

export interface MemberlistSecretDeps {
  readonly client: Pick<KubeClient, "get" | "create">;
  /** 16 random bytes in unpadded base64, 22 characters. */
  readonly newKey: () => string;
}

const timeoutMs: Millis = 4_000;

export class KubernetesMemberlistSecret implements MemberlistSecret {
  readonly #options: MemberlistSecretOptions;
  readonly #deps: MemberlistSecretDeps;

  constructor(options: MemberlistSecretOptions, deps: MemberlistSecretDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  async ensure(signal: AbortSignal): Promise<SecretState> {
    try {
      return (await this.#isThere(signal)) ? { at: "there" } : await this.#create(signal);
    } catch (error) {
      // Another operator was faster: as good as if we had created it.
      if (isKubeError(error, "already-exists")) return { at: "there" };
      const { namespace, name } = this.#options;
      const reason = error instanceof Error ? error.message : String(error);
      const problem = `Secret ${namespace}/${name} for the agents' gossip could not be read or created: ${reason}`;
      // Neither a role nor a name that no Secret can have mends itself.
      const isLasting = isKubeError(error, "forbidden") || isKubeError(error, "invalid");
      return { at: isLasting ? "denied" : "unknown", problem };
    }
  }

  async #isThere(signal: AbortSignal): Promise<boolean> {
    const { namespace, name } = this.#options;
    try {
      await this.#deps.client.get(secrets, { namespace, name }, { timeoutMs, signal });
      return true;
    } catch (error) {
      if (isKubeError(error, "not-found")) return false;
      throw error;
    }
  }

  async #create(signal: AbortSignal): Promise<SecretState> {
    const { namespace, name } = this.#options;
    const owner = await this.#owner(signal);
    const metadata = { namespace, name, ...(owner && { ownerReferences: [owner] }) };
    const data = { secretkey: Buffer.from(this.#deps.newKey()).toString("base64") };
    const secret = { apiVersion: "v1", kind: "Secret", type: "Opaque", metadata, data };
    await this.#deps.client.create(secrets, secret, { fieldManager: ownFieldManager, timeoutMs, signal });
    return { at: "created" };
  }

  /** With the Deployment the Secret goes; that it has no owner is no reason for the agents to be without a key. */
  async #owner(signal: AbortSignal): Promise<OwnerReference | undefined> {
    const { namespace, deployment: name = "" } = this.#options;
    if (name === "") return undefined;
    try {
      const { metadata } = await this.#deps.client.get(
        deployments,
        { namespace, name },
        { timeoutMs, signal },
      );
      const uid = metadata?.uid;
      return uid === undefined ? undefined : { apiVersion: "apps/v1", kind: "Deployment", name, uid };
    } catch (error) {
      if (isKubeError(error, "forbidden") || isKubeError(error, "not-found")) return undefined;
      throw error;
    }
  }
}
