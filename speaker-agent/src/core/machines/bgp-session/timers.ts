import { type Instant, instantAfter, type Millis, type Random } from "@steelyard/model/foundation";
import {
  type BgpOpeningPhase,
  type BgpPhase,
  type BgpSessionEffect,
  type BgpTimer,
  type ConnectionId,
  type EstablishedConnection,
  type HeldConnection,
  type OpeningConnection,
} from "./types.ts";

/** RFC 4271, section 10: 0.75 to 1 times as long, so that routers and nodes do not fall into step. */
export function jittered(delay: Millis, random: Random): Millis {
  return delay * (0.75 + random.fraction() / 4);
}

/** A timer that has to be running. */
export interface Deadline {
  readonly timer: BgpTimer;
  readonly connection: ConnectionId | undefined;
  readonly at: Instant;
}

/** The instants of a phase as timers. */
export function deadlinesOf(phase: BgpPhase): readonly Deadline[] {
  switch (phase.at) {
    case "stopped":
      return [];
    case "waiting":
      return [{ timer: "idle-hold", connection: undefined, at: phase.dialAt }];
    case "opening":
      return [...dialDeadlines(phase), ...ofConnection(phase.dialled), ...ofConnection(phase.inbound)];
    case "established":
      return [...ofConnection(phase.session), ...ofConnection(phase.challenger)];
  }
}

/** What has to be armed and disarmed between two phases. */
export function changeOfTimers(before: BgpPhase, after: BgpPhase): readonly BgpSessionEffect[] {
  if (before === after) return [];
  const old = deadlinesOf(before);
  const wanted = deadlinesOf(after);
  const gone = old.filter((one) => !wanted.some((other) => sameTimer(one, other)));
  const fresh = wanted.filter((one) => !old.some((other) => sameTimer(one, other) && one.at === other.at));
  return [...gone.map(disarm), ...fresh.map(arm)];
}

export function arm({ timer, connection, at }: Deadline): BgpSessionEffect {
  return connection === undefined ? { kind: "arm", timer, at } : { kind: "arm", timer, connection, at };
}

function disarm({ timer, connection }: Deadline): BgpSessionEffect {
  return connection === undefined ? { kind: "disarm", timer } : { kind: "disarm", timer, connection };
}

function sameTimer(left: Deadline, right: Deadline): boolean {
  return left.timer === right.timer && left.connection === right.connection;
}

function dialDeadlines({ dial }: BgpOpeningPhase): readonly Deadline[] {
  switch (dial.kind) {
    case "none":
      return [];
    case "dialling":
      return [{ timer: "connect", connection: undefined, at: dial.giveUpAt }];
    case "waiting":
      return [{ timer: "connect-retry", connection: undefined, at: dial.at }];
  }
}

function ofConnection(
  connection: OpeningConnection | EstablishedConnection | HeldConnection | undefined,
): readonly Deadline[] {
  if (connection === undefined) return [];
  const { id } = connection;
  const { hold, keepalive } = instantsOf(connection);
  const deadlines: Deadline[] = [];
  if (hold !== undefined) deadlines.push({ timer: "hold", connection: id, at: hold });
  if (keepalive !== undefined) deadlines.push({ timer: "keepalive", connection: id, at: keepalive });
  return deadlines;
}

function instantsOf(connection: OpeningConnection | EstablishedConnection): {
  readonly hold: Instant | undefined;
  readonly keepalive: Instant | undefined;
} {
  switch (connection.at) {
    case "held":
    case "open-sent":
      return { hold: connection.giveUpAt, keepalive: undefined };
    case "undecided":
      return { hold: connection.goOnAt, keepalive: undefined };
    case "open-confirm":
      return { hold: connection.giveUpAt, keepalive: connection.keepaliveAt };
    case "established":
      return { hold: connection.holdAt, keepalive: connection.keepaliveAt };
  }
}

/** When the next KEEPALIVE goes out; undefined with a hold time of 0. */
export function nextKeepalive(now: Instant, keepalive: Millis, random: Random): Instant | undefined {
  return keepalive === 0 ? undefined : instantAfter(now, jittered(keepalive, random));
}
