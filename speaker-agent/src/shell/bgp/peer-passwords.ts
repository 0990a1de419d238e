import { type LogSink } from "@steelyard/client";
import { type BgpPeer, type ConfigProblem } from "@steelyard/model/config";
import { type ClusterView, type PasswordSecret } from "../../ports/cluster-reader.ts";

/** The key of one session's TCP MD5 signatures, as far as it is known. */
export type PeerPassword =
  | { readonly kind: "none" }
  | { readonly kind: "known"; readonly text: string }
  /** `unread`: the API server has not spoken of its Secret. `because`: one sentence. */
  | { readonly kind: "missing" | "unread"; readonly because: string };

/** The type of Secret that MetalLB asks for (reference metallb.md, section 2.3). */
const secretType = "kubernetes.io/basic-auth";

type Secrets = ClusterView["passwordSecrets"];

/**
 * The passwords of the BGPPeers, from their own fields or from Secrets. What a peer had last stays good when its Secret
 * becomes unreadable, or another one is named that is not there: a session that stands is worth more than the complaint,
 * which is made all the same.
 */
export class PeerPasswords {
  readonly #namespace: string;
  readonly #log: LogSink;
  /** By name of the peer. */
  #lastGood: ReadonlyMap<string, string> = new Map();
  #problems: readonly ConfigProblem[] = [];

  constructor(options: { readonly namespace: string }, deps: { readonly log: LogSink }) {
    this.#namespace = options.namespace;
    this.#log = deps.log;
  }

  /** What is wrong with the Secrets, with MetalLB's words for the ConfigurationState. */
  get problems(): readonly ConfigProblem[] {
    return this.#problems;
  }

  /** By name of the peer. */
  of(peers: readonly BgpPeer[], secrets: Secrets): ReadonlyMap<string, PeerPassword> {
    const lastGood = new Map<string, string>();
    const problems: ConfigProblem[] = [];
    const passwords = new Map(
      peers.map((peer) => [peer.name, this.#passwordOf(peer, secrets, { lastGood, problems })] as const),
    );
    this.#lastGood = lastGood;
    this.#tell(problems, passwords);
    return passwords;
  }

  #passwordOf(
    { name, password }: BgpPeer,
    secrets: Secrets,
    found: { readonly lastGood: Map<string, string>; readonly problems: ConfigProblem[] },
  ): PeerPassword {
    if (password === undefined) return { kind: "none" };
    if (password.from === "spec") {
      found.lastGood.set(name, password.text);
      return { kind: "known", text: password.text };
    }
    const fault = secrets.has(password.name) ? faultOf(secrets.get(password.name)) : "unread";
    const text = fault === undefined ? secrets.get(password.name)?.password : this.#lastGood.get(name);
    if (text !== undefined) found.lastGood.set(name, text);
    if (fault !== undefined && fault !== "unread")
      found.problems.push(this.#problem(name, password.name, fault, secrets.get(password.name)?.refusal));
    // To MetalLB an empty password is none; to the kernel an empty key is the end of one.
    if (text === "") return { kind: "none" };
    if (text !== undefined) return { kind: "known", text };
    const because = sentences[fault ?? "unread"](password.name, secrets.get(password.name)?.refusal);
    return { kind: fault === "unread" ? "unread" : "missing", because };
  }

  #problem(
    peer: string,
    secret: string,
    fault: Exclude<SecretFault, "unread">,
    refusal: string | undefined,
  ): ConfigProblem {
    return {
      kind: "incomplete",
      object: { kind: "BGPPeer", namespace: this.#namespace, name: peer },
      path: "spec.passwordSecret.name",
      message: sentences[fault](secret, refusal),
      summary: `${summaries[fault](peer, this.#namespace, secret)}\nfailed to parse peer ${peer} password secret`,
    };
  }

  #tell(problems: readonly ConfigProblem[], passwords: ReadonlyMap<string, PeerPassword>): void {
    const before = new Set(this.#problems.map(keyOf));
    // Another fault in place of the one before is no password, and neither is a peer that wants none any more.
    const without = new Set(problems.map(({ object }) => object.name));
    const hasCome = (peer: string): boolean => passwords.get(peer)?.kind === "known" && !without.has(peer);
    for (const problem of problems) {
      if (!before.has(keyOf(problem))) this.#log.warn({ peer: problem.object.name }, problem.message);
    }
    for (const { object } of this.#problems.filter((problem) => hasCome(problem.object.name)))
      this.#log.info({ peer: object.name }, "the password of this peer has come");
    this.#problems = problems;
  }
}

type SecretFault = "unread" | "refused" | "absent" | "wrong-type" | "no-password";

function faultOf(secret: PasswordSecret | undefined): Exclude<SecretFault, "unread"> | undefined {
  if (secret === undefined) return "absent";
  if (secret.refusal !== undefined) return "refused";
  if (secret.type !== secretType) return "wrong-type";
  return secret.password === undefined ? "no-password" : undefined;
}

const sentences: Readonly<Record<SecretFault, (secret: string, refusal?: string) => string>> = {
  unread: (secret) => `its Secret ${secret} has not been read yet`,
  refused: (secret, refusal = "") => `its Secret ${secret} cannot be read (${refusal})`,
  absent: (secret) => `its Secret ${secret} does not exist`,
  "wrong-type": (secret) => `its Secret ${secret} is not of type ${secretType}`,
  "no-password": (secret) => `its Secret ${secret} has no key "password"`,
};

/** MetalLB's texts (reference metallb.md, section 2.7); it has none for a Secret that its role does not let it read. */
const summaries: Readonly<
  Record<Exclude<SecretFault, "unread">, (peer: string, namespace: string, secret: string) => string>
> = {
  refused: (peer, namespace, secret) =>
    `parsing peer ${peer} secret "${namespace}"/"${secret}" cannot be read`,
  absent: (peer, namespace) =>
    `parsing peer ${peer} secret ref not found for peer config "${namespace}"/"${peer}"`,
  "wrong-type": (peer, namespace, secret) =>
    `parsing peer ${peer} secret type mismatch on "${namespace}"/"${secret}", type "${secretType}" is expected `,
  "no-password": (peer, namespace, secret) =>
    `parsing peer ${peer} password not specified in the secret "${namespace}"/"${secret}"`,
};

function keyOf({ object, message }: ConfigProblem): string {
  return JSON.stringify([object.name, message]);
}
