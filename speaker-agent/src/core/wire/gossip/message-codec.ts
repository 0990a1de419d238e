import { type IpAddress, ipAddressFromBytes, ipAddressToBytes } from "@steelyard/model/address";
import { assertNever, ByteReader, ByteWriter, err, ok, type Result } from "@steelyard/model/foundation";
import { decodeError, type DecodeError } from "../decode-error.ts";
import { MESSAGE_TYPES } from "./message-types.ts";
import {
  type AckMessage,
  type AliveMessage,
  type ErrorMessage,
  type GossipEndpoint,
  type GossipMessage,
  type GossipNodeState,
  type GossipVersions,
  type IndirectPingMessage,
  MAX_META_BYTES,
  MAX_NAME_BYTES,
  type PingMessage,
  type PushPullNode,
  type ReplyTo,
  type UserMessage,
} from "./messages.ts";
import { type Fields, type FieldValue, readFields, writeFields } from "./msgpack.ts";

const U8 = 0xff;
const U16 = 0xffff;
const U32 = 0xffff_ffff;
const MAX_PAYLOAD_BYTES = 0xffff;
const MAX_ERROR_BYTES = 4096;
const IPV4_IN_IPV6 = 0xffffn;

const NODE_STATES: readonly GossipNodeState[] = ["alive", "suspect", "dead", "left"];

type WrittenFields = Readonly<Record<string, FieldValue | string>>;

/** One message with its type in front; what a compound or a datagram of one message holds. */
export function encodeMessage(
  message: Exclude<GossipMessage, UserMessage> | UserMessage | ErrorMessage,
): Uint8Array {
  const writer = new ByteWriter();
  if (message.type === "user") return writer.u8(MESSAGE_TYPES.user).bytes(message.payload).toBytes();
  const [type, fields] = fieldsOf(message);
  writeFields(writer.u8(type), fields);
  return writer.toBytes();
}

/** Bytes the message takes in a datagram, without what a compound adds to it. */
export function encodedSize(message: GossipMessage): number {
  return message.type === "user" ? 1 + message.payload.length : encodeMessage(message).length;
}

/** One message with its type in front; `foreign` for a type that is none of a datagram's messages. */
export function decodeMessage(bytes: Uint8Array): Result<GossipMessage, DecodeError> {
  const reader = new ByteReader(bytes);
  const type = reader.u8();
  if (type === undefined) return err(decodeError("truncated", "the message has no type"));
  if (type === MESSAGE_TYPES.user) return ok({ type: "user", payload: reader.rest() });
  const decode = DECODERS[type];
  return decode === undefined
    ? err(decodeError("foreign", `${type} is no type of a message in a datagram`))
    : decodeFields(reader, decode);
}

/** A map of fields as the value that `decode` makes of it, unless a field does not fit. */
export function decodeFields<T>(reader: ByteReader, decode: (fields: Fields) => T): Result<T, DecodeError> {
  const fields = readFields(reader);
  if (!fields.ok) return fields;
  const value = decode(fields.value);
  return fields.value.fault === undefined ? ok(value) : err(fields.value.fault);
}

const DECODERS: Readonly<Record<number, (fields: Fields) => GossipMessage>> = {
  [MESSAGE_TYPES.ping]: pingOf,
  [MESSAGE_TYPES.indirectPing]: indirectPingOf,
  [MESSAGE_TYPES.ack]: ackOf,
  [MESSAGE_TYPES.nack]: (fields) => ({ type: "nack", sequence: fields.unsigned("SeqNo", U32) }),
  [MESSAGE_TYPES.suspect]: (fields) => ({ type: "suspect", ...accusationOf(fields) }),
  [MESSAGE_TYPES.dead]: (fields) => ({ type: "dead", ...accusationOf(fields) }),
  [MESSAGE_TYPES.alive]: (fields): AliveMessage => ({
    type: "alive",
    node: fields.text("Node", MAX_NAME_BYTES),
    ...announcedOf(fields),
  }),
};

export function pingOf(fields: Fields): PingMessage {
  const replyTo = replyToOf(fields);
  return {
    type: "ping",
    sequence: fields.unsigned("SeqNo", U32),
    node: fields.text("Node", MAX_NAME_BYTES),
    ...(replyTo === undefined ? {} : { replyTo }),
  };
}

export function ackOf(fields: Fields): AckMessage {
  return {
    type: "ack",
    sequence: fields.unsigned("SeqNo", U32),
    payload: fields.bytes("Payload", MAX_PAYLOAD_BYTES),
  };
}

export function errorOf(fields: Fields): ErrorMessage {
  return { type: "error", message: fields.text("Error", MAX_ERROR_BYTES) };
}

export function pushPullNodeOf(fields: Fields): PushPullNode {
  // A number above the last is a state of a later version: what we know of the node is then what we suspect.
  const state = NODE_STATES[fields.unsigned("State", U8)] ?? "suspect";
  return { node: fields.text("Name", MAX_NAME_BYTES), state, ...announcedOf(fields) };
}

export function pushPullNodeFields(node: PushPullNode): WrittenFields {
  return { Name: node.node, State: NODE_STATES.indexOf(node.state), ...announcedFields(node) };
}

function indirectPingOf(fields: Fields): IndirectPingMessage {
  const replyTo = replyToOf(fields);
  return {
    type: "indirect-ping",
    sequence: fields.unsigned("SeqNo", U32),
    target: { address: addressOf(fields, "Target"), port: fields.unsigned("Port", U16) },
    node: fields.text("Node", MAX_NAME_BYTES),
    nack: fields.flag("Nack"),
    ...(replyTo === undefined ? {} : { replyTo }),
  };
}

/** memberlist uses the source only when it has both address and port. */
function replyToOf(fields: Fields): ReplyTo | undefined {
  const port = fields.unsigned("SourcePort", U16);
  if (port === 0 || fields.bytes("SourceAddr", 16).length === 0) return undefined;
  return { address: addressOf(fields, "SourceAddr"), port, node: fields.text("SourceNode", MAX_NAME_BYTES) };
}

function accusationOf(fields: Fields): { incarnation: number; node: string; from: string } {
  return {
    incarnation: fields.unsigned("Incarnation", U32),
    node: fields.text("Node", MAX_NAME_BYTES),
    from: fields.text("From", MAX_NAME_BYTES),
  };
}

interface Announced {
  readonly incarnation: number;
  readonly endpoint: GossipEndpoint;
  readonly meta: Uint8Array;
  readonly versions: GossipVersions;
}

function announcedOf(fields: Fields): Announced {
  return {
    incarnation: fields.unsigned("Incarnation", U32),
    endpoint: { address: addressOf(fields, "Addr"), port: fields.unsigned("Port", U16) },
    meta: fields.bytes("Meta", MAX_META_BYTES),
    versions: versionsOf(fields.bytes("Vsn", U8)),
  };
}

function announcedFields({ incarnation, endpoint, meta, versions }: Announced): WrittenFields {
  return {
    Incarnation: incarnation,
    Addr: ipAddressToBytes(endpoint.address),
    Port: endpoint.port,
    Meta: orNil(meta),
    Vsn: versionBytes(versions),
  };
}

/** An IPv4 address in the long form of Go's net.IP is that IPv4 address. */
function addressOf(fields: Fields, name: string): IpAddress {
  const address = ipAddressFromBytes(fields.bytes(name, 16));
  if (address === undefined) {
    fields.fault ??= decodeError("malformed", `${name} is no IP address`);
    return { family: "IPv4", value: 0n };
  }
  const isMapped = address.family === "IPv6" && address.value >> 32n === IPV4_IN_IPV6;
  return isMapped ? { family: "IPv4", value: address.value & 0xffff_ffffn } : address;
}

function versionsOf([a = 0, b = 0, c = 0, d = 0, e = 0, f = 0]: Uint8Array): GossipVersions {
  return {
    protocol: { minimum: a, maximum: b, current: c },
    delegate: { minimum: d, maximum: e, current: f },
  };
}

/** Who did not say its versions is passed on as it came. */
function versionBytes({ protocol, delegate }: GossipVersions): Uint8Array | undefined {
  const bytes = [protocol, delegate].flatMap(({ minimum, maximum, current }) => [minimum, maximum, current]);
  return bytes.every((byte) => byte === 0) ? undefined : Uint8Array.from(bytes);
}

function fieldsOf(message: Exclude<GossipMessage, UserMessage> | ErrorMessage): [number, WrittenFields] {
  switch (message.type) {
    case "ping":
      return [MESSAGE_TYPES.ping, { SeqNo: message.sequence, Node: message.node, ...replyToFields(message) }];
    case "indirect-ping":
      return [MESSAGE_TYPES.indirectPing, indirectPingFields(message)];
    case "ack":
      return [MESSAGE_TYPES.ack, { SeqNo: message.sequence, Payload: orNil(message.payload) }];
    case "nack":
      return [MESSAGE_TYPES.nack, { SeqNo: message.sequence }];
    case "suspect":
    case "dead":
      return [
        MESSAGE_TYPES[message.type],
        { Incarnation: message.incarnation, Node: message.node, From: message.from },
      ];
    case "alive":
      return [MESSAGE_TYPES.alive, { Node: message.node, ...announcedFields(message) }];
    case "error":
      return [MESSAGE_TYPES.error, { Error: message.message }];
    default:
      return assertNever(message);
  }
}

function indirectPingFields(message: IndirectPingMessage): WrittenFields {
  return {
    SeqNo: message.sequence,
    Target: ipAddressToBytes(message.target.address),
    Port: message.target.port,
    Node: message.node,
    Nack: message.nack,
    ...replyToFields(message),
  };
}

/** Fields without a value are left out here, as Go does. */
function replyToFields({ replyTo }: { readonly replyTo?: ReplyTo }): WrittenFields {
  if (replyTo === undefined) return {};
  return {
    SourceAddr: ipAddressToBytes(replyTo.address),
    SourcePort: replyTo.port,
    ...(replyTo.node === "" ? {} : { SourceNode: replyTo.node }),
  };
}

function orNil(bytes: Uint8Array): Uint8Array | undefined {
  return bytes.length === 0 ? undefined : bytes;
}
