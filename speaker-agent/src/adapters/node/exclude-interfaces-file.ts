import { readFileIfThere } from "./read-file-if-there.ts";

/** Where MetalLB's manifests mount the ConfigMap `metallb-excludel2` (reference metallb.md, section 4.4). */
export const defaultExcludeInterfacesFile = "/etc/metallb/excludel2.yaml";

const field = "announcedInterfacesToExclude";

/**
 * Reads which interfaces never announce.
 *
 * @returns the source of one unanchored regular expression over interface names; undefined when the file is missing or
 * excludes nothing
 * @throws Error with one sentence that names the file and the place when its content cannot be used: to start with half
 * a list would announce where somebody forbade it
 */
export async function readExcludeInterfaces(
  file = defaultExcludeInterfacesFile,
): Promise<string | undefined> {
  const text = await readFileIfThere(file);
  if (text === undefined) return undefined;
  const patterns = parsePatterns(await readYaml(text, file), file);
  return patterns.length === 0 ? undefined : patterns.map((pattern) => `(?:${pattern})`).join("|");
}

/** The YAML reader is loaded only where there is something to read; most of its cost is its own code. */
async function readYaml(text: string, file: string): Promise<unknown> {
  const { parseYaml } = await import("./yaml-reader.ts");
  try {
    return parseYaml(text);
  } catch (error) {
    const firstLine = (error as Error).message.split("\n", 1)[0] ?? "";
    throw new Error(`${file} is not YAML: ${firstLine}`, { cause: error });
  }
}

function parsePatterns(document: unknown, file: string): readonly string[] {
  if (document === null) return [];
  if (typeof document !== "object") throw new Error(`${file}: expected ${field} with a list`);
  const list: unknown = (document as Record<string, unknown>)[field] ?? [];
  if (!Array.isArray(list)) throw new Error(`${file}: ${field} is not a list`);
  return list.map((entry: unknown, index) => parsePattern(entry, `${file}: ${field}[${index}]`));
}

function parsePattern(entry: unknown, place: string): string {
  // An empty pattern matches every name: nobody who writes one wants no interface at all.
  if (typeof entry !== "string" || entry === "")
    throw new Error(`${place} is not a pattern: ${JSON.stringify(entry)}`);
  try {
    new RegExp(entry);
  } catch (error) {
    throw new Error(`${place} is not a regular expression: ${(error as Error).message}`, { cause: error });
  }
  return entry;
}
