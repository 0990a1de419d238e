import { describe, expect, test } from "@jest/globals";
import { formatIpAddress } from "@steelyard/model/address";
import { instantAfter } from "@steelyard/model/foundation";
import fc from "fast-check";
import { decodeArp } from "../../wire/arp.ts";
import { decodeEthernet } from "../../wire/ethernet.ts";
import { stepAnnouncer } from "./step.ts";
import { announce, at, config, linksOf, random, snapshotOf } from "./testing/drive.ts";
import { link } from "../../interfaces/testing/links.ts";
import { client } from "./testing/station.ts";
import { type Link } from "../../interfaces/link.ts";
import {
  type AnnouncerEffect,
  type AnnouncerInput,
  type AnnouncerState,
  initialAnnouncerState,
} from "./types.ts";

/**
 * Random histories against a model of the kernel that counts what it is asked for, and against plain rules that say
 * who must answer: an oracle that shares no code with the machine.
 */
class World {
  state: AnnouncerState = initialAnnouncerState;
  now = at(0);
  links: readonly Link[] = [];
  announcements: readonly ReturnType<typeof announce>[] = [];
  readonly sockets = new Set<string>();
  readonly groups = new Set<string>();

  input(input: AnnouncerInput): readonly AnnouncerEffect[] {
    if (input.kind === "links") this.links = input.links;
    if (input.kind === "snapshot") this.announcements = input.snapshot.announcements;
    const { state, effects } = stepAnnouncer(this.state, input, { now: this.now, random, config });
    this.state = state;
    for (const effect of effects) this.#perform(effect);
    const answers = effects.filter((effect) => effect.kind === "open-socket");
    return [
      ...effects,
      ...answers.flatMap(({ interfaceIndex, protocol }) => {
        return this.input({ kind: "socket-opened", interfaceIndex, protocol });
      }),
    ];
  }

  /** Throws where a kernel would complain. */
  #perform(effect: AnnouncerEffect): void {
    if (effect.kind === "arm" || effect.kind === "transition" || effect.kind === "report") return;
    if (effect.kind === "observed") return;
    if (effect.kind === "join-group" || effect.kind === "leave-group") {
      const key = `${effect.interfaceIndex}/${formatIpAddress(effect.group)}`;
      this.#toggle(this.groups, key, effect.kind === "join-group");
      return;
    }
    const key = `${effect.interfaceIndex}/${effect.protocol}`;
    if (effect.kind === "open-socket" || effect.kind === "close-socket") {
      this.#toggle(this.sockets, key, effect.kind === "open-socket");
    } else if (!this.sockets.has(key)) throw new Error(`${effect.kind} without socket ${key}`);
  }

  #toggle(set: Set<string>, key: string, add: boolean): void {
    if (set.has(key) === add) throw new Error(`${add ? "twice" : "not there"}: ${key}`);
    if (add) set.add(key);
    else set.delete(key);
  }

  mustAnswer(address: string, name: string): boolean {
    const asked = this.links.find((each) => each.name === name);
    const announced = this.announcements.find((each) => formatIpAddress(each.address) === address);
    if (asked === undefined || !asked.running || announced === undefined) return false;
    return announced.interfaces.length === 0 || announced.interfaces.includes(name);
  }
}

const addresses = ["192.0.2.10", "192.0.2.11", "2001:db8::10", "2001:db8:1::10"];
const names = ["eth0", "eth1"];

const anySnapshot = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...addresses), fc.constantFrom("", "eth0", "eth1", "eth0,eth1")), {
    selector: ([address]) => address,
  })
  .map((list) => snapshotOf(1, ...list.map(([address, interfaces]) => announce(address, { interfaces }))));

const anyLink = (name: string, index: number) =>
  fc.constantFrom(
    [],
    [link(name, index)],
    [link(name, index, { running: false })],
    [link(name, index, { mac: new Uint8Array([2, 0, 0, 0, 0, 0x77]) })],
  );

const anyLinks = fc.tuple(anyLink("eth0", 10), anyLink("eth1", 11)).map((lists) => linksOf(...lists.flat()));

const anyInput: fc.Arbitrary<AnnouncerInput> = fc.oneof(
  { weight: 4, arbitrary: anySnapshot },
  { weight: 4, arbitrary: anyLinks },
  fc.constantFrom<AnnouncerInput>(
    { kind: "timer", timer: "repeat-gratuitous" },
    { kind: "timer", timer: "retry-sockets" },
    { kind: "timer", timer: "report-counters" },
  ),
);

const anyHistory = fc.array(fc.tuple(anyInput, fc.nat(3000)), { minLength: 1, maxLength: 25 });

function played(history: readonly (readonly [AnnouncerInput, number])[]): World {
  const world = new World();
  for (const [input, pause] of history) {
    world.now = instantAfter(world.now, pause);
    world.input(input);
  }
  return world;
}

describe("after any history", () => {
  test("an address is answered where and only where the rules say so", () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const world = played(history);
        for (const name of names) {
          for (const address of addresses) {
            const protocol = address.includes(":") ? "ipv6" : "arp";
            const frame = protocol === "arp" ? client.arp(address) : client.ndp(address);
            const interfaceIndex = name === "eth0" ? 10 : 11;
            const effects = world.input({ kind: "frames", interfaceIndex, protocol, frames: [frame] });
            const answered = effects.some((effect) => effect.kind === "send");
            expect({ name, address, answered }).toEqual({
              name,
              address,
              answered: world.mustAnswer(address, name),
            });
          }
        }
      }),
    );
  });

  test("the same inputs again change nothing", () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const world = played([
          ...history,
          [snapshotOf(7, announce("192.0.2.10")), 0],
          [linksOf(link("eth0", 10)), 0],
        ]);
        const again = [
          ...world.input(snapshotOf(7, announce("192.0.2.10"))),
          ...world.input(linksOf(link("eth0", 10))),
        ];
        expect(again).toEqual([]);
      }),
    );
  });

  test("with nothing to announce no socket is open and no group joined", () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const world = played([...history, [snapshotOf(1), 0]]);
        expect([...world.sockets, ...world.groups]).toEqual([]);
      }),
    );
  });

  test("what is sent on a link carries the MAC of that link", () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const world = new World();
        for (const [input, pause] of history) {
          world.now = instantAfter(world.now, pause);
          for (const effect of world.input(input)) {
            if (effect.kind !== "send") continue;
            const sender = world.links.find((each) => each.index === effect.interfaceIndex);
            for (const bytes of effect.frames) {
              const frame = decodeEthernet(bytes);
              if (!frame.ok) throw new Error(frame.error.message);
              expect(frame.value.source).toEqual(sender?.mac);
              const packet = decodeArp(frame.value.payload);
              if (effect.protocol === "arp") expect(packet.ok && packet.value.senderMac).toEqual(sender?.mac);
            }
          }
        }
      }),
    );
  });
});
