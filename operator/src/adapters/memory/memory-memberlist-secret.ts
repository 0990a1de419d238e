import { type MemberlistSecret, type SecretState } from "../../ports/memberlist-secret.ts";

/** A Secret in memory. */
export class MemoryMemberlistSecret implements MemberlistSecret {
  isThere = false;
  /** What the next questions are answered instead, first one first. */
  readonly answers: SecretState[] = [];
  questions = 0;

  async ensure(): Promise<SecretState> {
    this.questions += 1;
    await Promise.resolve();
    const answer = this.answers.shift();
    if (answer !== undefined) return answer;
    const at = this.isThere ? "there" : "created";
    this.isThere = true;
    return { at };
  }
}
