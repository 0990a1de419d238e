import { readFile } from "node:fs/promises";

const serviceAccountNamespace = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/**
 * The namespace a program runs in and reads its configuration from: the flag, else what the cluster wrote into the Pod
 * (reference metallb.md, section 6.3).
 *
 * @returns undefined when neither says anything: outside a cluster the flag is needed
 */
export async function ownNamespace(
  flag: string | undefined,
  file = serviceAccountNamespace,
): Promise<string | undefined> {
  if (flag !== undefined && flag !== "") return flag;
  try {
    const text = (await readFile(file, "utf8")).trim();
    return text === "" ? undefined : text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`cannot read the namespace of this Pod from ${file}`, { cause: error });
  }
}
