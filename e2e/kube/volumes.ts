import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type ClusterClient, ClusterError } from "../cluster/index.ts";
import { podField } from "./downward-api.ts";
import { type PodObject, type PodPlace, type ProjectedSource, type VolumeSpec } from "./pod-object.ts";

/** What a kubelet waits for before it starts a container: a Secret or ConfigMap that is not there yet. */
export class VolumeNotReady extends Error {}

interface Source {
  readonly data?: Readonly<Record<string, string>>;
}

/** Fills the folders of a Pod's volumes with what the API server says, by the kubelet's own rights. */
export class Volumes {
  readonly #kube: ClusterClient;
  readonly #folder: string;
  readonly #pod: PodObject;
  readonly #place: PodPlace;

  constructor(kube: ClusterClient, folder: string, pod: PodObject, place: PodPlace) {
    this.#kube = kube;
    this.#folder = folder;
    this.#pod = pod;
    this.#place = place;
  }

  /** The folder of each volume by its name. Throws VolumeNotReady. */
  async fill(): Promise<ReadonlyMap<string, string>> {
    const folders = new Map<string, string>();
    for (const volume of this.#pod.spec.volumes ?? []) folders.set(volume.name, await this.#one(volume));
    return folders;
  }

  async #one(volume: VolumeSpec): Promise<string> {
    if (volume.hostPath !== undefined) return makeFolder(volume.hostPath.path);
    const folder = makeFolder(join(this.#folder, volume.name));
    if (volume.emptyDir !== undefined) chmodSync(folder, 0o777);
    for (const [path, content] of await this.#files(volume)) {
      const file = join(folder, path);
      makeFolder(dirname(file));
      writeFileSync(file, content);
      // As a volume's defaultMode: every user of the container reads it.
      chmodSync(file, 0o644);
    }
    return folder;
  }

  async #files({ name, emptyDir, secret, configMap, projected }: VolumeSpec): Promise<Files> {
    if (emptyDir !== undefined) return [];
    if (secret !== undefined) {
      const { secretName, optional, items } = secret;
      const files = await this.#keys("secrets", secretName, optional === true, items);
      return files.map(([path, content]) => [path, Buffer.from(content.toString(), "base64")]);
    }
    if (configMap !== undefined)
      return this.#keys("configmaps", configMap.name, configMap.optional === true, configMap.items);
    if (projected === undefined)
      throw new Error(`volume ${name} is of a kind that this runner does not know`);
    return (await Promise.all(projected.sources.map((source) => this.#projected(source)))).flat();
  }

  async #projected({ serviceAccountToken, configMap, downwardAPI }: ProjectedSource): Promise<Files> {
    if (serviceAccountToken !== undefined)
      return [[serviceAccountToken.path, await this.#token(serviceAccountToken)]];
    if (configMap !== undefined) return this.#keys("configmaps", configMap.name, false, configMap.items);
    return (downwardAPI?.items ?? []).map(({ path, fieldRef }) => [
      path,
      podField(this.#pod, this.#place, fieldRef.fieldPath),
    ]);
  }

  /** TokenRequest, bound to the Pod, as a kubelet asks for it. */
  async #token({
    expirationSeconds = 3607,
    audience,
  }: {
    expirationSeconds?: number;
    audience?: string;
  }): Promise<string> {
    const { namespace, name, uid } = this.#pod.metadata;
    const account = this.#pod.spec.serviceAccountName ?? "default";
    const request = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: {
        expirationSeconds,
        ...(audience === undefined ? {} : { audiences: [audience] }),
        boundObjectRef: { kind: "Pod", apiVersion: "v1", name, uid },
      },
    };
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
    const { code, json, text } = await this.#kube.request("POST", path, { body: request });
    if (code !== 201) throw new Error(`no token for ${account}: ${text}`);
    return (json as { status: { token: string } }).status.token;
  }

  async #keys(
    plural: "secrets" | "configmaps",
    name: string,
    optional: boolean,
    items?: readonly { readonly key: string; readonly path: string }[],
  ): Promise<Files> {
    const found = await this.#source(plural, name);
    if (found === undefined && !optional) throw new VolumeNotReady(`${plural} ${name} not found`);
    const data = found?.data ?? {};
    if (items === undefined) return Object.entries(data);
    return items.flatMap(({ key, path }) => (data[key] === undefined ? [] : [[path, data[key]] as const]));
  }

  async #source(plural: string, name: string): Promise<Source | undefined> {
    try {
      return await this.#kube.find<object & Source>(
        `/api/v1/namespaces/${this.#pod.metadata.namespace}/${plural}/${name}`,
      );
    } catch (error) {
      if (error instanceof ClusterError) throw new VolumeNotReady(error.message);
      throw error;
    }
  }
}

type Files = readonly (readonly [path: string, content: string | Buffer])[];

function makeFolder(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o755 });
  return path;
}
