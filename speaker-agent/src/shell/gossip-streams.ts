import { assertNever } from "@steelyard/model/foundation";
import {
  type MembershipEffect,
  type MembershipInput,
  type StreamId,
} from "../core/machines/membership/types.ts";
import { type DecodeError } from "../core/wire/decode-error.ts";
import { type GossipEnvelope } from "../core/wire/gossip/envelope.ts";
import { type GossipEndpoint } from "../core/wire/gossip/messages.ts";
import { encodeStream, encodeStreamReply, StreamDecoder } from "../core/wire/gossip/stream-codec.ts";
import {
  type StreamConnection,
  type StreamConnections,
  type StreamEvents,
} from "../ports/stream-connections.ts";

export interface GossipStreamsDeps {
  readonly connections: StreamConnections;
  /** As it is now: keys change. */
  readonly envelope: () => GossipEnvelope;
  readonly input: (input: MembershipInput) => void;
  readonly onUnreadable: (from: GossipEndpoint, error: DecodeError) => void;
}

type StreamEffect = Extract<MembershipEffect, { kind: "connect-stream" | "send-stream" | "close-stream" }>;

interface OpenStream {
  readonly connection: StreamConnection;
  readonly isAccepted: boolean;
  /** Undefined once the one message has come. */
  decoder: StreamDecoder | undefined;
}

/** The streams of the membership machine: one message in each direction, in bytes. */
export class GossipStreams {
  readonly #deps: GossipStreamsDeps;
  readonly #open = new Map<StreamId, OpenStream>();
  #accepted = 0;

  constructor(deps: GossipStreamsDeps) {
    this.#deps = deps;
  }

  perform(effect: StreamEffect): void {
    switch (effect.kind) {
      case "connect-stream":
        return this.#connect(effect);
      case "send-stream":
        return this.#open
          .get(effect.stream)
          ?.connection.send(encodeStreamReply(effect.message, this.#deps.envelope()));
      case "close-stream":
        return this.#close(effect.stream);
      default:
        return assertNever(effect);
    }
  }

  accept(connection: StreamConnection): StreamEvents {
    this.#accepted += 1;
    const stream: StreamId = `in-${this.#accepted}`;
    this.#add(stream, connection, true);
    this.#deps.input({ kind: "stream-accepted", stream, from: connection.remote });
    return this.#eventsOf(stream);
  }

  closeAll(): void {
    for (const stream of [...this.#open.keys()]) this.#close(stream);
  }

  #connect({ stream, to, message }: Extract<StreamEffect, { kind: "connect-stream" }>): void {
    const { connections, envelope } = this.#deps;
    const connection = connections.connect(to, this.#eventsOf(stream));
    this.#add(stream, connection, false);
    connection.send(encodeStream(message, envelope()));
  }

  #add(stream: StreamId, connection: StreamConnection, isAccepted: boolean): void {
    const decoder = new StreamDecoder(this.#deps.envelope(), isAccepted);
    this.#open.set(stream, { connection, isAccepted, decoder });
  }

  #eventsOf(stream: StreamId): StreamEvents {
    return {
      onConnected: () => this.#deps.input({ kind: "stream-connected", stream }),
      onData: (bytes) => this.#read(stream, bytes),
      onClosed: (error) => this.#lost(stream, error?.message ?? "the other side has closed it"),
    };
  }

  #read(stream: StreamId, bytes: Uint8Array): void {
    const open = this.#open.get(stream);
    const read = open?.decoder?.push(bytes);
    if (open === undefined || read === undefined) return;
    if (!read.ok) return this.#refuse(stream, open, read.error);
    if (read.value === undefined) return;
    open.decoder = undefined;
    this.#deps.input({ kind: "stream-message", stream, message: read.value });
  }

  /** Who connected is told why, as memberlist does. */
  #refuse(stream: StreamId, { connection, isAccepted }: OpenStream, error: DecodeError): void {
    this.#deps.onUnreadable(connection.remote, error);
    if (isAccepted)
      connection.send(encodeStreamReply({ type: "error", message: error.message }, this.#deps.envelope()));
    connection.close();
    this.#lost(stream, error.message);
  }

  #lost(stream: StreamId, because: string): void {
    if (this.#open.delete(stream)) this.#deps.input({ kind: "stream-closed", stream, because });
  }

  #close(stream: StreamId): void {
    this.#open.get(stream)?.connection.close();
    this.#open.delete(stream);
  }
}
