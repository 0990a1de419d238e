import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { types } from "node:util";
import type { Cluster, Context, KubeConfig, User } from "@kubernetes/client-node";
import { KubeError } from "../errors.ts";
import { errnoOf, messageOf, whyNotRead } from "../thrown.ts";

/** What the files say together: of two entries with one name, and of two current contexts, the first one counts. */
export interface KubeconfigContent {
  readonly clusters: readonly Cluster[];
  readonly users: readonly User[];
  readonly contexts: readonly Context[];
  readonly currentContext: string | undefined;
}

type Loader = new () => KubeConfig;

/** Reads and merges kubeconfig files as kubectl does. A missing file is an error unless others are named beside it. */
export async function readKubeconfigFiles(
  files: readonly string[],
  loader: Loader,
): Promise<KubeconfigContent> {
  const contents: KubeconfigContent[] = [];
  for (const file of files) {
    const content = await readKubeconfigFile(file, files.length > 1, loader);
    if (content !== undefined) contents.push(content);
  }
  if (contents.length === 0) throw kubeconfigError(files.join(", "), "none of these files exists");
  return {
    clusters: firstOfEachName(contents.flatMap((content) => content.clusters)),
    users: firstOfEachName(contents.flatMap((content) => content.users)),
    contexts: firstOfEachName(contents.flatMap((content) => content.contexts)),
    currentContext: contents.map((content) => content.currentContext).find((name) => name !== undefined),
  };
}

export function kubeconfigError(file: string, why: string, cause?: unknown): KubeError {
  return new KubeError({ code: "configuration", message: `kubeconfig ${file}: ${why}`, cause });
}

async function readKubeconfigFile(
  file: string,
  mayBeMissing: boolean,
  loader: Loader,
): Promise<KubeconfigContent | undefined> {
  const text = await readText(file, mayBeMissing);
  if (text === undefined) return undefined;
  refuseTokenFile(file, text);
  const config = new loader();
  try {
    config.loadFromString(text);
  } catch (thrown) {
    throw kubeconfigError(file, whyUnreadable(thrown), thrown);
  }
  // Relative paths inside a kubeconfig are relative to that file, not to the working directory.
  config.makePathsAbsolute(dirname(file));
  const { clusters, users, contexts } = config;
  // Typed as a string, but the key may be absent, or hold a YAML null or an empty text.
  const currentContext = (config.currentContext as string | null | undefined) || undefined;
  return { clusters, users, contexts, currentContext };
}

async function readText(file: string, mayBeMissing: boolean): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (thrown) {
    if (mayBeMissing && errnoOf(thrown) === "ENOENT") return undefined;
    throw kubeconfigError(file, whyNotRead(thrown), thrown);
  }
}

/** client-node passes over `tokenFile` in silence: the login would fail much later and say nothing of the reason. */
function refuseTokenFile(file: string, text: string): void {
  if (/(^|[\s{,"])tokenFile"?\s*:/m.test(text))
    throw kubeconfigError(
      file,
      "users[].user.tokenFile is not supported; use token, exec or a client certificate",
    );
}

/** An empty file, a list or a plain word reach client-node's property accesses, whose own words help nobody. */
function whyUnreadable(thrown: unknown): string {
  if (types.isNativeError(thrown) && thrown.name === "TypeError")
    return "not a kubeconfig: expected a mapping with clusters, users and contexts";
  // A YAML parser draws the place below its sentence, on lines of its own.
  const [sentence = ""] = messageOf(thrown).split("\n", 1);
  return sentence.replace(/^YAMLException: /, "");
}

function firstOfEachName<T extends { readonly name: string }>(entries: readonly T[]): readonly T[] {
  const known = new Map<string, T>();
  for (const entry of entries) if (!known.has(entry.name)) known.set(entry.name, entry);
  return [...known.values()];
}
