import { parseIpAddress } from "@steelyard/model/address";
import { err, ok, type Result } from "@steelyard/model/foundation";
import { type GossipEndpoint } from "../core/wire/gossip/messages.ts";
import { type AgentFlags } from "./flags.ts";

/** What the flags say of the ring of agents. */
export interface MembershipFlags {
  /** Where this node listens, and where the others reach it. */
  readonly endpoint: GossipEndpoint;
  /** Of the Pods to gossip with, as the API server reads it. */
  readonly labelSelector: string;
  /** A file with the key, or a directory with one; undefined = gossip is not encrypted. */
  readonly secretKeyPath: string | undefined;
  readonly tuning: { readonly file: string; readonly wan: boolean };
}

/**
 * Gossip is on when address and labels are both given (reference metallb.md, section 4.8).
 *
 * @returns undefined when it is off; the error is one sentence that names the flag
 */
export function readMembershipFlags(flags: AgentFlags): Result<MembershipFlags | undefined, string> {
  const bindAddress = flags["ml-bindaddr"] ?? "";
  const labelSelector = flags["ml-labels"] ?? "";
  if (bindAddress === "" || labelSelector === "") return ok(undefined);
  const address = parseIpAddress(bindAddress);
  if (!address.ok) return err(`flag --ml-bindaddr: ${bindAddress} is not an IP address`);
  // The others are told to come here, and "anywhere" is no place to come to.
  if (address.value.value === 0n)
    return err(`flag --ml-bindaddr: ${bindAddress} is no address at which the other nodes reach this one`);
  const secretKeyPath = flags["ml-secret-key-path"];
  return ok({
    endpoint: { address: address.value, port: flags["ml-bindport"] },
    labelSelector,
    secretKeyPath: secretKeyPath === "" ? undefined : secretKeyPath,
    tuning: { file: flags["ml-config-file"], wan: flags["ml-wan-config"] },
  });
}

/** Half of what gossip needs is mostly a slip, and without it the loss of a node goes unnoticed for most of a minute. */
export function whyGossipIsOff(flags: Pick<AgentFlags, "ml-bindaddr" | "ml-labels">): string | undefined {
  const missing = (["ml-bindaddr", "ml-labels"] as const).filter((name) => (flags[name] ?? "") === "");
  return missing.length === 1 ? `gossip is off, because flag --${missing.join("")} is not given` : undefined;
}
