import { type IpAddress } from "@steelyard/model/address";
import { type Claim } from "../../election/claim.ts";
import { encodeAgentMessage } from "./encode.ts";
import { varintLength } from "./fields.ts";
import { type CapabilityMessage, type HandOverMessage } from "./messages.ts";

/** Fits into a datagram of memberlist's 1400 bytes beside the label, cipher and the head of the packet. */
export const MOST_MESSAGE_BYTES = 1200;
/** Head, flags and counts, rounded up. */
const OVERHEAD = 24;

/** Claims as encoded messages of at most `MOST_MESSAGE_BYTES`; none for no claims. */
export function batchClaims(claims: readonly Claim[], witnessed: boolean): readonly Uint8Array[] {
  let nodes = new Set<string>();
  const batches = split(claims, ({ address, epoch, node }, begins) => {
    if (begins) nodes = new Set();
    const name = nodes.has(node) ? 0 : 1 + node.length;
    nodes.add(node);
    // The index of a node may take two bytes where a batch has more than 63 of them.
    return name + 2 + bytesOf(address) + varintLength(epoch);
  });
  return batches.map((batch) => encodeAgentMessage({ kind: "claims", witnessed, claims: batch }));
}

/** A hand-over as encoded messages of at most `MOST_MESSAGE_BYTES`. */
export function batchHandOver(handOver: HandOverMessage): readonly Uint8Array[] {
  const names = 2 + handOver.from.length + handOver.to.length;
  const batches = split(handOver.addresses, ({ address, epoch }, begins) => {
    return (begins ? names : 0) + 1 + bytesOf(address) + varintLength(epoch);
  });
  return batches.map((addresses) => encodeAgentMessage({ ...handOver, addresses }));
}

/** A capability as one message; of one that is too big the least relevant links are left out, and it says so. */
export function encodeFittingCapability(message: CapabilityMessage): Uint8Array {
  const { links } = message.capability;
  for (let kept = links.length; kept > 0; kept -= 1) {
    const complete = message.capability.complete && kept === links.length;
    const bytes = encodeAgentMessage({ ...message, capability: { links: links.slice(0, kept), complete } });
    if (bytes.length <= MOST_MESSAGE_BYTES) return bytes;
  }
  return encodeAgentMessage({
    ...message,
    capability: { links: [], complete: message.capability.complete && links.length === 0 },
  });
}

function split<T>(
  items: readonly T[],
  sizeOf: (item: T, begins: boolean) => number,
): readonly (readonly T[])[] {
  const batches: T[][] = [];
  let batch: T[] = [];
  let size = 0;
  for (const item of items) {
    let more = sizeOf(item, batch.length === 0);
    if (batch.length > 0 && size + more > MOST_MESSAGE_BYTES) {
      batch = [];
      more = sizeOf(item, true);
    }
    if (batch.length === 0) {
      batches.push(batch);
      size = OVERHEAD;
    }
    batch.push(item);
    size += more;
  }
  return batches;
}

function bytesOf({ family }: IpAddress): number {
  return family === "IPv4" ? 4 : 16;
}
