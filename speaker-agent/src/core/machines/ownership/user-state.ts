import { type Claim } from "../../election/claim.ts";
import { encodeAgentState } from "../../wire/agent-messages/encode.ts";
import { type AgentMessage } from "../../wire/agent-messages/messages.ts";
import { isNameless } from "./order-of-claims.ts";
import { type OwnershipState } from "./state.ts";

/** All claims and capabilities known, for an exchange of whole tables; of 10 000 addresses about 80 kB. */
export function encodeOwnershipState({ entries, orphans, capabilities }: OwnershipState): Uint8Array {
  const claims: Claim[] = [];
  for (const { subject, claim } of entries) {
    // A claimant that is known by its hash alone has no name that others could use.
    if (claim !== undefined && !isNameless(claim.node)) claims.push({ address: subject.address, ...claim });
  }
  for (const { claim, wasOurs } of orphans.values())
    if (wasOurs && !isNameless(claim.node)) claims.push(claim);
  const messages: AgentMessage[] = [{ kind: "claims", witnessed: false, claims }];
  for (const [node, { sequence, capability }] of capabilities) {
    messages.push({ kind: "capability", node, sequence, capability });
  }
  return encodeAgentState(messages);
}
