import { type Instant, instantAfter, type Millis, type Random } from "@steelyard/model/foundation";
import { type BgpSessionConfig, type BgpSessionEffect, type BgpSessionInput } from "../types.ts";
import { checkBalance } from "./open-connections.ts";
import { SessionDriver } from "./session-driver.ts";

/** What TCP carries in one direction, in order. */
type Segment =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "fin" }
  | { readonly kind: "reset" };

/** One end of a connection. */
interface End {
  readonly speaker: Speaker;
  /** Told of the other end's doings: up to here it is the machine's. */
  isOpen: boolean;
  /** When what it sends next arrives at the earliest: nothing overtakes. */
  clearAt: Instant;
}

interface TcpConnection {
  readonly id: number;
  readonly dialler: End;
  readonly listener: End;
  /** Whether the dialler has been told that it stands. */
  isUp: boolean;
}

/** A BGP speaker in the world: one machine, which may be down. */
export class Speaker {
  driver: SessionDriver | undefined;
  readonly name: string;
  isListening = true;
  /** Of the dial under way. */
  dial: TcpConnection | undefined;
  /** Instants of dials. */
  readonly dials: Instant[] = [];
  flaps = 0;
  isEstablished = false;

  constructor(name: string) {
    this.name = name;
  }
}

interface Event {
  readonly at: Instant;
  readonly order: number;
  readonly run: () => void;
}

/** After 0, 1, 3, 7, 15, 31, 61 s, each wait a quarter shorter, and again after a session that lasted. */
const MOST_DIALS_PER_MINUTE = 12;

export interface WorldOptions {
  readonly random: Random;
  readonly latency: readonly [Millis, Millis];
}

/** Two speakers and the TCP between them: nothing is lost or reordered, but all may be late, cut or reset. */
export class TcpWorld {
  now = 0 as Instant;
  readonly connections = new Map<number, TcpConnection>();
  readonly a = new Speaker("a");
  readonly b = new Speaker("b");
  steps = 0;
  /** While there is a cut nothing arrives, and nobody is told so. */
  #cuts = 0;
  readonly #options: WorldOptions;
  readonly #agenda: Event[] = [];
  readonly #parked: (() => void)[] = [];
  #connectionId = 0;
  #order = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
  }

  /** A fresh machine, which is started. */
  boot(speaker: Speaker, config: Partial<BgpSessionConfig>, restarting = false): void {
    const driver = new SessionDriver(config, this.#options.random);
    driver.restarting = restarting;
    driver.now = this.now;
    speaker.driver = driver;
    speaker.isEstablished = false;
    this.give(speaker, { kind: "start" });
  }

  /** The machine is gone without a word; what is sent to it from now on is answered by a reset. */
  crash(speaker: Speaker): void {
    speaker.driver = undefined;
    speaker.dial = undefined;
    for (const { dialler, listener } of this.connections.values())
      for (const end of [dialler, listener]) if (end.speaker === speaker) end.isOpen = false;
  }

  give(speaker: Speaker, input: BgpSessionInput): void {
    const { driver } = speaker;
    if (driver === undefined) return;
    driver.now = this.now;
    this.steps++;
    for (const effect of driver.step(input)) this.#perform(speaker, effect);
    this.#check(speaker);
  }

  /** Both ends hear of it, as when a firewall has forgotten the connection. */
  reset(connection: TcpConnection): void {
    for (const end of [connection.dialler, connection.listener])
      this.#arrive(connection, end, { kind: "reset" });
  }

  /** Bytes that nobody sent, towards either end. */
  inject(connection: TcpConnection, toDialler: boolean, bytes: Uint8Array): void {
    this.#arrive(connection, toDialler ? connection.dialler : connection.listener, { kind: "bytes", bytes });
  }

  /** The path is cut for so long; cuts may overlap. */
  cut(millis: Millis): void {
    this.#cuts++;
    this.at(instantAfter(this.now, millis), () => {
      this.#cuts--;
      if (this.#cuts === 0) for (const run of this.#parked.splice(0)) run();
    });
  }

  at(instant: Instant, run: () => void): void {
    this.#agenda.push({ at: instant, order: this.#order++, run });
  }

  pass(millis: Millis): void {
    const until = instantAfter(this.now, millis);
    for (;;) {
      const event = this.#nextEvent();
      const timer = this.#nextTimer();
      const at = Math.min(event?.at ?? Infinity, timer?.at ?? Infinity);
      if (at > until) break;
      this.now = Math.max(this.now, at) as Instant;
      if (event?.at === at) this.#take(event);
      else timer?.fire();
    }
    this.now = until;
  }

  #nextEvent(): Event | undefined {
    return this.#agenda.reduce<Event | undefined>(
      (first, one) =>
        first === undefined || one.at < first.at || (one.at === first.at && one.order < first.order)
          ? one
          : first,
      undefined,
    );
  }

  #take(event: Event): void {
    this.#agenda.splice(this.#agenda.indexOf(event), 1);
    event.run();
  }

  #nextTimer(): { readonly at: Instant; fire(): void } | undefined {
    let first: { readonly at: Instant; fire(): void } | undefined;
    for (const speaker of [this.a, this.b]) {
      const due = speaker.driver?.nextTimer();
      if (due !== undefined && (first === undefined || due.at < first.at))
        first = { at: due.at, fire: () => this.#fire(speaker, due) };
    }
    return first;
  }

  #fire(speaker: Speaker, due: NonNullable<ReturnType<SessionDriver["nextTimer"]>>): void {
    const { driver } = speaker;
    if (driver === undefined) return;
    driver.now = this.now;
    this.steps++;
    for (const effect of driver.fire(due)) this.#perform(speaker, effect);
    this.#check(speaker);
  }

  #perform(speaker: Speaker, effect: BgpSessionEffect): void {
    switch (effect.kind) {
      case "connect":
        speaker.dials.push(this.now);
        this.#dial(speaker);
        return;
      case "abort-connect":
        this.#abort(speaker);
        return;
      case "send":
        this.#send(speaker, effect.connection, { kind: "bytes", bytes: effect.bytes });
        return;
      case "close":
        this.#send(speaker, effect.connection, { kind: "fin" });
        this.#endOf(speaker, effect.connection).isOpen = false;
        return;
      case "established":
        if (speaker.isEstablished) throw new Error("established twice");
        speaker.isEstablished = true;
        return;
      case "down":
        if (!speaker.isEstablished) throw new Error("down, and was not established");
        speaker.isEstablished = false;
        speaker.flaps++;
        return;
      default:
        return;
    }
  }

  #check(speaker: Speaker): void {
    const { driver } = speaker;
    if (driver === undefined) return;
    checkBalance(driver, this.openOf(speaker), speaker.dial !== undefined);
    const lately = speaker.dials.filter((at) => at > this.now - 60_000).length;
    if (lately > MOST_DIALS_PER_MINUTE) throw new Error(`${lately} dials in a minute`);
  }

  #dial(dialler: Speaker): void {
    const listener = dialler === this.a ? this.b : this.a;
    const id = ++this.#connectionId;
    const connection: TcpConnection = {
      id,
      dialler: { speaker: dialler, isOpen: true, clearAt: this.now },
      listener: { speaker: listener, isOpen: false, clearAt: this.now },
      isUp: false,
    };
    dialler.dial = connection;
    this.#later(connection.dialler, () => this.#syn(connection));
  }

  #syn(connection: TcpConnection): void {
    const { dialler, listener, id } = connection;
    const isTaken = listener.speaker.isListening && listener.speaker.driver !== undefined;
    if (isTaken) {
      listener.isOpen = true;
      listener.clearAt = this.now;
      this.connections.set(id, connection);
    }
    // The answer is under way before the listener says its first word.
    this.#later(listener, () => this.#answered(connection, isTaken));
    if (isTaken) this.give(listener.speaker, connected(id, true));
    else if (dialler.speaker.dial !== connection) return;
  }

  #answered(connection: TcpConnection, isTaken: boolean): void {
    const { dialler, id } = connection;
    if (dialler.speaker.dial !== connection) return;
    dialler.speaker.dial = undefined;
    if (!isTaken) {
      this.give(dialler.speaker, { kind: "connect-failed", because: "connection refused" });
      return;
    }
    connection.isUp = true;
    this.give(dialler.speaker, connected(id, false));
  }

  #abort(speaker: Speaker): void {
    const { dial } = speaker;
    if (dial === undefined) throw new Error("aborted a dial that is not there");
    speaker.dial = undefined;
    dial.dialler.isOpen = false;
    this.#later(dial.dialler, () => this.#arrive(dial, dial.listener, { kind: "reset" }));
  }

  #send(speaker: Speaker, id: number, segment: Segment): void {
    const connection = this.connections.get(id);
    if (connection === undefined) throw new Error(`sent on a connection that is not there: ${id}`);
    const from = this.#endOf(speaker, id);
    if (!from.isOpen) throw new Error(`sent on a connection that is closed: ${id}`);
    const to = from === connection.dialler ? connection.listener : connection.dialler;
    this.#later(from, () => this.#deliver(connection, from, to, segment));
  }

  /** Whoever sends to an end that is closed hears of that. */
  #deliver(connection: TcpConnection, from: End, to: End, segment: Segment): void {
    if (to.isOpen) this.#arrive(connection, to, segment);
    else if (segment.kind === "bytes" && from.isOpen)
      this.#later(to, () => this.#arrive(connection, from, { kind: "reset" }));
  }

  #arrive(connection: TcpConnection, to: End, segment: Segment): void {
    if (!to.isOpen) return;
    const { id } = connection;
    if (segment.kind === "bytes") {
      this.give(to.speaker, { kind: "received", connection: id, bytes: segment.bytes });
      return;
    }
    to.isOpen = false;
    if (to === connection.dialler && !connection.isUp) {
      to.speaker.dial = undefined;
      this.give(to.speaker, { kind: "connect-failed", because: "connection reset" });
      return;
    }
    const because = segment.kind === "reset" ? "connection reset" : undefined;
    this.give(to.speaker, { kind: "closed", connection: id, because });
  }

  #later(from: End, run: () => void): void {
    const [least, most] = this.#options.latency;
    const latency = least + (most - least) * this.#options.random.fraction();
    from.clearAt = Math.max(from.clearAt, instantAfter(this.now, latency)) as Instant;
    this.at(from.clearAt, () => {
      if (this.#cuts > 0) this.#parked.push(run);
      else run();
    });
  }

  #endOf(speaker: Speaker, id: number): End {
    const connection = this.connections.get(id);
    if (connection === undefined) throw new Error(`no connection ${id}`);
    return connection.dialler.speaker === speaker ? connection.dialler : connection.listener;
  }

  /** Connections that this speaker's machine has been told of, and that are not over for it. */
  openOf(speaker: Speaker): readonly number[] {
    return [...this.connections.values()]
      .filter(({ dialler, listener, isUp }) =>
        dialler.speaker === speaker ? dialler.isOpen && isUp : listener.isOpen,
      )
      .map(({ id }) => id);
  }
}

function connected(connection: number, inbound: boolean): BgpSessionInput {
  return { kind: "connected", connection, inbound, fallbackRouterId: 1 };
}
