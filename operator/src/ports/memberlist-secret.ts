/** How it stands with the Secret; `problem` is a sentence. */
export type SecretState =
  | { readonly at: "there" | "created" }
  /** A role does not permit to read or create it. */
  | { readonly at: "denied"; readonly problem: string }
  /** The API server could not be asked. */
  | { readonly at: "unknown"; readonly problem: string };

/** The Secret from which the agents take the key of their gossip (reference metallb.md, section 4.8). */
export interface MemberlistSecret {
  /** Creates it with a new key when it is missing; one that is there is left alone. Does not reject. */
  ensure(signal: AbortSignal): Promise<SecretState>;
}
