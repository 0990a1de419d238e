import { type AgentMessage, type HandOverCause } from "./messages.ts";

/*
 * All numbers are big-endian; `n` = a natural number below 2^48 in groups of seven bits, least significant first;
 * `name` = length 1, ASCII; `ip` = 4 or 16 bytes.
 *
 *     head        magic 2 "SY" | version 1 | kind 1
 *     claims      witnessed 1 | nodes n | name ... | claims n | ( 2 * node + isIPv6 n | ip | epoch n ) ...
 *     hand-over   cause 1 | from name | to name | addresses n | ( isIPv6 1 | ip | epoch n ) ...
 *     capability  node name | sequence n | complete 1 | links n |
 *                 ( name | MAC 6 | flags 1 | prefixes n | ( isIPv6 1 | length 1 | ip ) ... ) ...
 *     state       ( length 4 | message ) ...
 */

export const MAGIC = 0x5359;
export const VERSION = 1;

export const KINDS: Readonly<Record<AgentMessage["kind"] | "state", number>> = {
  claims: 1,
  "hand-over": 2,
  capability: 3,
  state: 4,
};

/** By the number that stands for them. */
export const CAUSES: readonly HandOverCause[] = ["drain", "candidate", "preference", "capability"];
