import { formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { assertNever } from "@steelyard/model/foundation";
import { type AddressDecision, type LossCause } from "../../allocator/index.ts";
import { explainSharing } from "./explain-outcome.ts";

/** A Service had an address and has it no longer. */
export interface AddressChange {
  readonly from: IpAddress;
  /** What takes its place; undefined = nothing does. */
  readonly to: IpAddress | undefined;
  readonly cause: LossCause;
}

/** What of a decision changes for those who use the Service; `added` are the addresses its status does not show yet. */
export function addressChanges(
  { lost }: AddressDecision,
  added: readonly IpAddress[],
): readonly AddressChange[] {
  return lost.map(({ address, cause }) => ({
    from: address,
    to: added.find(({ family }) => family === address.family),
    cause,
  }));
}

/** The old address, the new one and the cause. */
export function explainChange({ from, to, cause }: AddressChange): string {
  const what =
    to === undefined
      ? `${formatIpAddress(from)} is taken away`
      : `${formatIpAddress(from)} becomes ${formatIpAddress(to)}`;
  return `${what}: ${explainCause(cause, from)}`;
}

/** Why an address does not stay; a clause. */
export function explainCause(cause: LossCause, { family }: IpAddress): string {
  switch (cause.is) {
    case "in-no-pool":
      return "no IPAddressPool gives it out any more";
    case "surplus":
      return `somebody wrote it beside the ${family} address of the Service`;
    case "family-not-served":
      return `the Service has no ${family} cluster IP`;
    case "held-by-another":
      return `it is held by ${cause.conflict.holder} as well, ${explainSharing(cause.conflict.refusal)}`;
    case "quarantined":
      return `it is answered by ${cause.quarantine.mac} on the segment of node ${cause.quarantine.node}`;
    case "request":
      return `the Service asks for another (${cause.source})`;
    default:
      return assertNever(cause);
  }
}
