import { ipAddress, type IpAddress } from "@steelyard/model/address";
import fc from "fast-check";
import {
  type GossipEndpoint,
  type GossipMessage,
  type GossipVersions,
  MAX_META_BYTES,
  type PushPullMessage,
  type ReplyTo,
  type StreamMessage,
} from "../messages.ts";

const u8 = fc.nat(0xff);
const u32 = fc.oneof(fc.nat(300), fc.nat(70_000), fc.nat(0xffff_ffff));
const name = fc.string({ maxLength: 60, unit: "grapheme" });
const meta = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: MAX_META_BYTES }));

/** Not ::ffff:0:0/96, which is the same as IPv4. */
const address: fc.Arbitrary<IpAddress> = fc.oneof(
  fc.bigInt(0n, (1n << 32n) - 1n).map((value) => ipAddress("IPv4", value)),
  fc.bigInt(1n << 64n, (1n << 128n) - 1n).map((value) => ipAddress("IPv6", value)),
);
const endpoint: fc.Arbitrary<GossipEndpoint> = fc.record({ address, port: fc.nat(0xffff) });
const replyTo: fc.Arbitrary<ReplyTo> = fc.record({
  address,
  port: fc.integer({ min: 1, max: 0xffff }),
  node: name,
});
const versionRange = fc.record({ minimum: u8, maximum: u8, current: u8 });
const versions: fc.Arbitrary<GossipVersions> = fc.record({ protocol: versionRange, delegate: versionRange });

const ping = fc
  .record({ type: fc.constant("ping" as const), sequence: u32, node: name, replyTo: fc.option(replyTo) })
  .map(withoutNullReply);
const indirectPing = fc
  .record({
    type: fc.constant("indirect-ping" as const),
    sequence: u32,
    target: endpoint,
    node: name,
    nack: fc.boolean(),
    replyTo: fc.option(replyTo),
  })
  .map(withoutNullReply);
const ack = fc.record({ type: fc.constant("ack" as const), sequence: u32, payload: meta });
const user = fc.record({ type: fc.constant("user" as const), payload: fc.uint8Array({ maxLength: 3000 }) });

export const anyGossipMessage: fc.Arbitrary<GossipMessage> = fc.oneof(
  ping,
  indirectPing,
  ack,
  user,
  fc.record({ type: fc.constant("nack" as const), sequence: u32 }),
  fc.record({ type: fc.constantFrom("suspect", "dead"), incarnation: u32, node: name, from: name }),
  fc.record({ type: fc.constant("alive" as const), incarnation: u32, node: name, endpoint, meta, versions }),
);

const pushPull: fc.Arbitrary<PushPullMessage> = fc.record({
  type: fc.constant("push-pull" as const),
  join: fc.boolean(),
  nodes: fc.array(
    fc.record({
      node: name,
      endpoint,
      meta,
      incarnation: u32,
      state: fc.constantFrom("alive", "suspect", "dead", "left"),
      versions,
    }),
    { maxLength: 20 },
  ),
  userState: fc.uint8Array({ maxLength: 3000 }),
});

export const anyStreamMessage: fc.Arbitrary<StreamMessage> = fc.oneof(
  pushPull,
  ping,
  ack,
  user,
  fc.record({ type: fc.constant("error" as const), message: name }),
);

function withoutNullReply<T extends { readonly replyTo: ReplyTo | null }>({
  replyTo: reply,
  ...rest
}: T): Omit<T, "replyTo"> & { readonly replyTo?: ReplyTo } {
  return reply === null ? rest : { ...rest, replyTo: reply };
}
