import { assertNever } from "@steelyard/model/foundation";
import { dialTimedOut, waited } from "./dialling.ts";
import { dropForOther, endConnection } from "./endings.ts";
import { cease } from "./farewells.ts";
import { holdExpired, holdTimerFired } from "./established.ts";
import { type AnyConnection, findConnection, otherThan, withConnection } from "./opening.ts";
import { send } from "./sending.ts";
import { arm, deadlinesOf, nextKeepalive } from "./timers.ts";
import { type Turn } from "./turn.ts";
import { type BgpSessionInput, type UndecidedConnection } from "./types.ts";

type TimerInput = Extract<BgpSessionInput, { kind: "timer" }>;

/** One that is not due any more finds nothing; one that fires early is armed again. */
export function timerFired(turn: Turn, { timer, connection: id }: TimerInput): void {
  const { phase } = turn.state;
  const deadline = deadlinesOf(phase).find((one) => one.timer === timer && one.connection === id);
  if (deadline === undefined) return;
  if (turn.now < deadline.at) {
    turn.effects.push(arm(deadline));
    return;
  }
  if (timer === "connect") dialTimedOut(turn);
  else if (timer === "connect-retry" || timer === "idle-hold") waited(turn);
  else if (id !== undefined) {
    const connection = findConnection(phase, id);
    if (connection === undefined) return;
    if (timer === "hold") holdFired(turn, connection);
    else sendKeepalive(turn, connection);
  }
}

const NO_OPEN = "the router took the connection, and sent no OPEN for 4 min";

function holdFired(turn: Turn, connection: AnyConnection): void {
  const { id } = connection;
  switch (connection.at) {
    case "held":
      return endConnection(turn, id, cease("connectionCollision"), NO_OPEN);
    case "open-sent":
      return holdExpired(turn, id, NO_OPEN);
    case "undecided":
      return dropSilentWinner(turn, connection);
    case "open-confirm":
      return holdExpired(turn, id, "the router did not confirm our OPEN with a KEEPALIVE");
    case "established":
      return holdTimerFired(turn, connection);
    default:
      return assertNever(connection);
  }
}

/** The connection that would have won the collision leads nowhere: the other one it is. */
function dropSilentWinner(turn: Turn, connection: UndecidedConnection): void {
  const { phase } = turn.state;
  const other = phase.at === "opening" ? otherThan(phase, connection) : undefined;
  if (other !== undefined) dropForOther(turn, other, "the router sent no OPEN on its other connection");
}

function sendKeepalive(turn: Turn, connection: AnyConnection): void {
  if (connection.at !== "open-confirm" && connection.at !== "established") return;
  send(turn, connection.id, { kind: "keepalive" });
  const keepaliveAt = nextKeepalive(turn.now, connection.negotiated.keepalive, turn.context.random);
  const { phase } = turn.state;
  if (connection.at === "open-confirm" && phase.at === "opening")
    turn.state.phase = withConnection(phase, { ...connection, keepaliveAt });
  else if (connection.at === "established" && phase.at === "established")
    turn.state.phase = { ...phase, session: { ...connection, keepaliveAt } };
}
