import { describe, expect, test } from "@jest/globals";
import { seededRandom } from "@steelyard/model/testing";
import fc from "fast-check";
import { type BgpMessage } from "../../wire/bgp/messages.ts";
import { anyBgpMessage } from "../../wire/bgp/testing/any-message.ts";
import { stepBgpSession } from "./step.ts";
import { Ledger } from "./testing/open-connections.ts";
import { bytesOf, config, helperMode, routerOpen } from "./testing/router-messages.ts";
import { updateOf } from "./testing/scenario-inputs.ts";
import { middle, SessionDriver } from "./testing/session-driver.ts";
import { type BfdVerdict, type BgpSessionInput, type BgpTimer } from "./types.ts";

const helperOpen = { ...routerOpen, capabilities: [...routerOpen.capabilities, helperMode] };
const keepalive = { kind: "keepalive" } as const;

const anyConfig = fc
  .record({
    holdTimeSeconds: fc.constantFrom(0, 3, 90),
    passive: fc.boolean(),
    transport: fc.constantFrom("here", "there"),
    peerAsn: fc.constantFrom(65001, "external" as const),
    connectRetry: fc.constantFrom(undefined, 5000),
    gracefulRestart: fc.constantFrom(undefined, { restartTimeSeconds: 60 }),
  })
  .map((changes) => ({ ...config, ...changes }));

const plausible: fc.Arbitrary<BgpMessage> = fc.constantFrom<BgpMessage>(
  routerOpen,
  helperOpen,
  keepalive,
  keepalive,
  updateOf(["+192.0.2.0/24"]),
  { kind: "notification", code: 6, subcode: 7, data: new Uint8Array(0) },
);
const anyBytes = fc.oneof(
  { weight: 6, arbitrary: fc.array(plausible, { minLength: 1, maxLength: 3 }).map((all) => bytesOf(...all)) },
  { weight: 2, arbitrary: anyBgpMessage.map((message) => bytesOf(message)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }) },
);

/** What can happen to a session; connections are named by their age among those that are open. */
type Happening =
  | { readonly kind: "input"; readonly input: BgpSessionInput }
  | { readonly kind: "connected"; readonly inbound: boolean }
  | { readonly kind: "received"; readonly which: number; readonly bytes: Uint8Array }
  | { readonly kind: "closed"; readonly which: number }
  | { readonly kind: "pass"; readonly millis: number };

const anyInput: fc.Arbitrary<BgpSessionInput> = fc.oneof(
  fc.constant<BgpSessionInput>({ kind: "start" }),
  fc.constantFrom<BgpSessionInput>(
    { kind: "stop", exit: "roll-out" },
    { kind: "stop", exit: "shut-down", communication: "bye" },
    { kind: "stop", exit: "deconfigured" },
  ),
  anyConfig.map((changed): BgpSessionInput => ({ kind: "configure", config: changed })),
  fc.constant<BgpSessionInput>({ kind: "retry" }),
  fc
    .constantFrom<BfdVerdict | undefined>("up", "down", "admin-down", "waiting", undefined)
    .map((state): BgpSessionInput => ({ kind: "bfd", state })),
  fc.constant<BgpSessionInput>({ kind: "advertise", messages: [updateOf(["+192.0.2.1/32"])] }),
  fc
    .record({
      timer: fc.constantFrom<BgpTimer>("connect-retry", "connect", "hold", "keepalive", "idle-hold"),
      connection: fc.nat(5),
    })
    .map((timer): BgpSessionInput => ({ kind: "timer", ...timer })),
);

const anyHappening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 2, arbitrary: anyInput.map((input): Happening => ({ kind: "input", input })) },
  { weight: 3, arbitrary: fc.boolean().map((inbound): Happening => ({ kind: "connected", inbound })) },
  {
    weight: 5,
    arbitrary: fc
      .tuple(fc.nat(2), anyBytes)
      .map(([which, bytes]): Happening => ({ kind: "received", which, bytes })),
  },
  { weight: 1, arbitrary: fc.nat(2).map((which): Happening => ({ kind: "closed", which })) },
  {
    weight: 3,
    arbitrary: fc.oneof(fc.nat(2000), fc.nat(100_000)).map((millis): Happening => ({ kind: "pass", millis })),
  },
);

class History {
  readonly driver: SessionDriver;
  readonly ledger: Ledger;
  #connections = 0;

  constructor(seed = 1) {
    this.driver = new SessionDriver({}, seededRandom(seed));
    this.ledger = new Ledger(this.driver);
    this.ledger.give({ kind: "start" });
  }

  play(happening: Happening): void {
    const { ledger } = this;
    const openOne = (which: number) => [...ledger.open][which % Math.max(1, ledger.open.size)];
    switch (happening.kind) {
      case "input":
        return ledger.give(happening.input);
      case "connected":
        if (happening.inbound || ledger.isDialling) this.connect(happening.inbound);
        return;
      case "received": {
        const connection = openOne(happening.which);
        if (connection !== undefined) ledger.give({ kind: "received", connection, bytes: happening.bytes });
        return;
      }
      case "closed": {
        const connection = openOne(happening.which);
        if (connection !== undefined) ledger.give({ kind: "closed", connection, because: undefined });
        return;
      }
      case "pass":
        return ledger.pass(happening.millis);
    }
  }

  connect(inbound: boolean): number {
    const connection = ++this.#connections;
    this.ledger.give({ kind: "connected", connection, inbound, fallbackRouterId: 1 });
    return connection;
  }

  /** From now on the router does what it should: it takes our dials, and speaks up every 20 s. */
  behave(seconds: number): void {
    for (let second = 0; second < seconds; second++) {
      if (this.ledger.isDialling) {
        const connection = this.connect(false);
        this.say(connection, helperOpen, keepalive);
      } else if (second % 20 === 0)
        for (const connection of this.ledger.open) this.say(connection, keepalive);
      this.ledger.pass(1000);
    }
  }

  say(connection: number, ...messages: readonly BgpMessage[]): void {
    if (!this.ledger.open.has(connection)) return;
    this.ledger.give({ kind: "received", connection, bytes: bytesOf(...messages) });
  }
}

describe("whatever happens", () => {
  test("nothing is thrown, and what is open, armed or dialled is what the state knows", () => {
    fc.assert(
      fc.property(fc.array(anyHappening, { maxLength: 60 }), (happenings) => {
        const history = new History();
        for (const happening of happenings) history.play(happening);
        history.ledger.give({ kind: "stop", exit: "shut-down" });
      }),
      { numRuns: 1000 },
    );
  });

  test("a router that comes to its senses is connected within ten minutes", () => {
    fc.assert(
      fc.property(fc.array(anyHappening, { maxLength: 60 }), (happenings) => {
        const history = new History();
        for (const happening of happenings) history.play(happening);
        history.ledger.give({ kind: "stop", exit: "shut-down" });
        history.ledger.give({ kind: "configure", config });
        history.ledger.give({ kind: "start" });
        for (const happening of happenings) if (happening.kind !== "input") history.play(happening);
        history.behave(600);
        expect(history.driver.report.state).toBe("established");
      }),
      { numRuns: 200 },
    );
  });

  test("the state before stays as it was, and the same step comes to the same", () => {
    fc.assert(
      fc.property(fc.array(anyHappening, { maxLength: 30 }), anyInput, (happenings, input) => {
        const history = new History();
        for (const happening of happenings) history.play(happening);
        const { state, now } = history.driver;
        const before = JSON.stringify(state);
        const context = { now, random: middle, restarting: false };
        const first = stepBgpSession(state, input, context);
        expect(JSON.stringify(state)).toBe(before);
        expect(stepBgpSession(state, input, context)).toEqual(first);
      }),
    );
  });
});

describe("a hostile router", () => {
  const minute = 60_000;

  /** Seconds of virtual time in which the router does what `act` says whenever a second is over. */
  function suffer(act: (history: History) => void, seconds: number): History {
    const history = new History();
    for (let second = 0; second < seconds; second++) {
      act(history);
      history.ledger.pass(1000);
    }
    return history;
  }

  const hostilities: Readonly<Record<string, (history: History) => void>> = {
    "refuses every dial": ({ ledger }) => {
      if (ledger.isDialling) ledger.give({ kind: "connect-failed", because: "connection refused" });
    },
    "takes every dial and hangs up": (history) => {
      if (!history.ledger.isDialling) return;
      const connection = history.connect(false);
      history.ledger.give({ kind: "closed", connection, because: undefined });
    },
    "refuses every OPEN": (history) => {
      if (!history.ledger.isDialling) return;
      const connection = history.connect(false);
      history.say(connection, { kind: "notification", code: 2, subcode: 2, data: new Uint8Array(0) });
    },
    "is established, and then gone": (history) => {
      if (!history.ledger.isDialling) return;
      const connection = history.connect(false);
      history.say(connection, helperOpen, keepalive);
      history.ledger.give({ kind: "closed", connection, because: "reset" });
    },
    "connects without end and says nothing": (history) => {
      for (let times = 0; times < 20; times++) history.connect(true);
    },
    "connects without end and sends garbage": (history) => {
      for (let times = 0; times < 20; times++) {
        const connection = history.connect(true);
        if (history.ledger.open.has(connection))
          history.ledger.give({ kind: "received", connection, bytes: new Uint8Array(19) });
      }
    },
  };

  test.each(Object.keys(hostilities))(
    "who %s is dialled eight times in the first minute, then three",
    (name) => {
      const act = hostilities[name] ?? (() => undefined);
      const first = suffer(act, minute / 1000);
      expect(first.ledger.dials).toBeLessThanOrEqual(8);
      const later = suffer(act, 600);
      const before = later.ledger.dials;
      for (let second = 0; second < 600; second++) {
        act(later);
        later.ledger.pass(1000);
      }
      expect(later.ledger.dials - before).toBeLessThanOrEqual(30);
      later.behave(300);
      expect(later.driver.report.state).toBe("established");
    },
  );
});

test("links that come and go without end make us dial six times a minute at most", () => {
  const history = new History();
  for (let second = 0; second < 600; second++) {
    if (history.ledger.isDialling) history.ledger.give({ kind: "connect-failed", because: "refused" });
    history.ledger.give({ kind: "retry" });
    history.ledger.pass(1000);
  }
  expect(history.ledger.dials).toBeLessThanOrEqual(66);
  expect(history.ledger.dials).toBeGreaterThan(50);
});

test("bytes may come in any pieces", () => {
  const messages: readonly BgpMessage[] = [helperOpen, keepalive, updateOf(["+192.0.2.0/24"]), keepalive];
  const stream = bytesOf(...messages);
  const whole = new SessionDriver()
    .give({ kind: "start" })
    .connected(1)
    .hear(1, ...messages);
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length), { maxLength: 10 }), (cuts) => {
      const ends = [...cuts, stream.length].sort((left, right) => left - right);
      const driver = new SessionDriver().give({ kind: "start" }).connected(1);
      ends.reduce((begin, end) => {
        driver.give({ kind: "received", connection: 1, bytes: stream.slice(begin, end) });
        return end;
      }, 0);
      expect(driver.report).toEqual(whole.report);
    }),
  );
});

test("a session that lasted makes the waits short again", () => {
  const history = new History();
  for (let times = 0; times < 6; times++) {
    history.ledger.pass(30_000);
    if (history.ledger.isDialling) history.ledger.give({ kind: "connect-failed", because: "refused" });
  }
  history.behave(120);
  const [connection = 0] = history.ledger.open;
  history.ledger.give({ kind: "closed", connection, because: "reset" });
  const { dialAt } = history.driver.report;
  expect((dialAt ?? 0) - history.driver.now).toBeLessThanOrEqual(1000);
});
