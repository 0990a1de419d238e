import { parseMembershipTuning } from "../../core/machines/membership/parse-tuning.ts";
import { lanTuning, type MembershipTuning, wanTuning } from "../../core/machines/membership/tuning.ts";
import { readFileIfThere } from "./read-file-if-there.ts";

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
  const text = await readFileIfThere(file);
  if (text === undefined) return wan ? wanTuning : lanTuning;
  const tuning = parseMembershipTuning(text);
  if (!tuning.ok) throw new Error(`${file}: ${tuning.error}`);
  return tuning.value;
}
