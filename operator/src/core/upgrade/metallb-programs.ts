import { isJsonObject, type JsonObject } from "@steelyard/model/foundation";
import { type ClusterSnapshot } from "./cluster-snapshot.ts";
import { nameOf, objectAt, objectsAt, textAt, titleOf } from "./raw-object.ts";

/** A value that a program was started with, and where it stands. */
export interface Setting {
  readonly value: string;
  readonly field: string;
}

/** MetalLB's controller or speaker, as the cluster runs it. */
export class MetallbProgram {
  /** `Deployment metallb-system/controller`. */
  readonly title: string;
  readonly podSpec: JsonObject;
  readonly podLabels: JsonObject;
  /** As far as the tag of the image tells: `0.16.1`. */
  readonly version: string | undefined;
  readonly #flags: ReadonlyMap<string, string>;
  readonly #variables: ReadonlyMap<string, string>;

  constructor(kind: string, object: JsonObject, container: JsonObject) {
    this.title = titleOf(kind, object);
    this.podSpec = objectAt(object, "spec", "template", "spec");
    this.podLabels = objectAt(object, "spec", "template", "metadata", "labels");
    this.version = /:v?(\d+\.\d+\.\d+)/.exec(textAt(container, "image"))?.[1];
    this.#flags = flagsOf(container);
    this.#variables = new Map(objectsAt(container, "env").map((one) => [nameIn(one), textAt(one, "value")]));
  }

  get containers(): readonly string[] {
    return objectsAt(this.podSpec, "containers").map(nameIn);
  }

  /** A flag goes before its variable, as in MetalLB; an empty variable counts as unset. */
  setting(flag: string, variable = ""): Setting | undefined {
    const given = this.#flags.get(flag);
    if (given !== undefined) return { value: given, field: `--${flag}` };
    const value = this.#variables.get(variable);
    return value === undefined || value === "" ? undefined : { value, field: variable };
  }

  isOn(flag: string): boolean {
    const value = this.setting(flag)?.value;
    return value !== undefined && value !== "false";
  }
}

export interface MetallbPrograms {
  readonly controller: MetallbProgram | undefined;
  readonly speaker: MetallbProgram | undefined;
}

export function findPrograms({ deployments, daemonSets }: ClusterSnapshot): MetallbPrograms {
  return {
    controller: find("Deployment", deployments, "controller"),
    speaker: find("DaemonSet", daemonSets, "speaker"),
  };
}

function find(kind: string, objects: readonly JsonObject[], component: string): MetallbProgram | undefined {
  for (const object of objects) {
    const containers = objectsAt(object, "spec", "template", "spec", "containers");
    const container = containers.find((one) => isOfMetallb(object, one, component));
    if (container !== undefined) return new MetallbProgram(kind, object, container);
  }
  return undefined;
}

/** By the name that MetalLB's manifests and its chart give the container; mirrors give the image any name. */
function isOfMetallb(object: JsonObject, container: JsonObject, component: string): boolean {
  if (textAt(container, "image").includes("steelyard")) return false;
  const names = [nameIn(container), textAt(container, "image"), nameOf(object)];
  return nameIn(container) === component || names.some((name) => name.includes(`metallb-${component}`));
}

function nameIn(object: JsonObject): string {
  return textAt(object, "name");
}

/** `--name=value`, `--name value` and `--name`, with one dash or two, as Go reads them. */
function flagsOf(container: JsonObject): ReadonlyMap<string, string> {
  const words = [...wordsAt(container, "command"), ...wordsAt(container, "args")];
  const flags = new Map<string, string>();
  for (const [index, word] of words.entries()) {
    const [, name, value] = /^--?([a-z0-9][a-z0-9-]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) continue;
    const next = words[index + 1];
    flags.set(name, value ?? (next !== undefined && !next.startsWith("-") ? next : "true"));
  }
  return flags;
}

function wordsAt(container: JsonObject, key: string): readonly string[] {
  const words = isJsonObject(container) ? container[key] : undefined;
  return Array.isArray(words) ? words.map(String) : [];
}
