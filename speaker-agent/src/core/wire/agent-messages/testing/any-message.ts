import { ipAddress, ipPrefix } from "@steelyard/model/address";
import fc from "fast-check";
import { EPOCH_SPAN } from "../../../election/claim.ts";
import { MOST_LINKS, MOST_PREFIXES } from "../../../interfaces/capability.ts";
import { type AgentMessage, type HandOverCause } from "../messages.ts";

export const anyAddress = fc.oneof(
  fc.bigInt(0n, 2n ** 32n - 1n).map((value) => ipAddress("IPv4", value)),
  fc.bigInt(0n, 2n ** 128n - 1n).map((value) => ipAddress("IPv6", value)),
);

export const anyEpoch = fc.oneof(
  fc.nat(300),
  fc.integer({ min: 0, max: EPOCH_SPAN - 1 }),
  fc.constantFrom(0, 127, 128, EPOCH_SPAN - 1),
);

export const anyNode = fc.oneof(
  fc.constantFrom("a", "b", "node-3"),
  fc.stringMatching(/^[a-z0-9.-]{1,253}$/),
);

export const anyClaim = fc.record({ address: anyAddress, epoch: anyEpoch, node: anyNode });

const anyClaims = fc.record({
  kind: fc.constant("claims" as const),
  witnessed: fc.boolean(),
  claims: fc.array(anyClaim, { maxLength: 40 }),
});

export const anyHandOver = fc.record({
  kind: fc.constant("hand-over" as const),
  cause: fc.constantFrom<HandOverCause>("drain", "candidate", "preference", "capability"),
  from: anyNode,
  to: anyNode,
  addresses: fc.array(fc.record({ address: anyAddress, epoch: anyEpoch }), { maxLength: 40 }),
});

const anyPrefix = fc
  .tuple(anyAddress, fc.nat(128))
  .map(([address, length]) => ipPrefix(address, address.family === "IPv4" ? length % 33 : length));

const anyLink = fc.record({
  name: fc.stringMatching(/^[a-z0-9.]{1,15}$/),
  mac: fc.uint8Array({ minLength: 6, maxLength: 6 }),
  announcesV4: fc.boolean(),
  announcesV6: fc.boolean(),
  defaultV4: fc.boolean(),
  defaultV6: fc.boolean(),
  prefixes: fc.array(anyPrefix, { maxLength: MOST_PREFIXES }),
});

export const anyCapability = fc.record({
  kind: fc.constant("capability" as const),
  node: anyNode,
  sequence: anyEpoch,
  capability: fc.record({ links: fc.array(anyLink, { maxLength: MOST_LINKS }), complete: fc.boolean() }),
});

export const anyMessage: fc.Arbitrary<AgentMessage> = fc.oneof(anyClaims, anyHandOver, anyCapability);
