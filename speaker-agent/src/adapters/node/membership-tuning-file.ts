import { readFile } from "node:fs/promises";
import { parseMembershipTuning } from "../../core/machines/membership/parse-tuning.ts";
import { lanTuning, type MembershipTuning, wanTuning } from "../../core/machines/membership/tuning.ts";

/**
 * The knobs of the gossip: those of the file where there is one, else memberlist's own for near or far nodes (reference
 * metallb.md, section 4.8).
 *
 * @throws Error with one sentence that names the file and the field when its content cannot be used
 */
export async function readMembershipTuning({
  file,
  wan,
}: {
  readonly file: string;
  readonly wan: boolean;
}): Promise<MembershipTuning> {
  const text = await readIfThere(file);
  if (text === undefined) return wan ? wanTuning : lanTuning;
  const tuning = parseMembershipTuning(text);
  if (!tuning.ok) throw new Error(`${file}: ${tuning.error}`);
  return tuning.value;
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
}
