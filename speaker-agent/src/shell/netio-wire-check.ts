import type { LogSink } from "@steelyard/client";
import { formatIpAddress } from "@steelyard/model/address";
import { assertNever, type Clock, type Random } from "@steelyard/model/foundation";
import { type Link } from "../core/interfaces/link.ts";
import { stepWireCheck } from "../core/machines/wire-check/step.ts";
import {
  type CheckedAddress,
  initialWireCheckState,
  type KnownNode,
  type WireCheckConfig,
  type WireCheckEffect,
  type WireCheckInput,
  type WireCheckReport,
  type WireCheckState,
} from "../core/machines/wire-check/types.ts";
import { formatMac } from "../core/wire/mac-address.ts";
import { type PacketSockets } from "../ports/packet-socket.ts";
import { MachineRunner } from "./machine-runner.ts";
import { NetioSockets } from "./netio-sockets.ts";

export interface NetioWireCheckDeps {
  readonly packetSockets: PacketSockets;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LogSink;
  readonly onReport: (report: WireCheckReport) => void;
}

/** Drives the machine that verifies other nodes' addresses on the wire. */
export class NetioWireCheck {
  readonly #deps: NetioWireCheckDeps;
  readonly #sockets: NetioSockets;
  readonly #runner: MachineRunner<WireCheckState, WireCheckInput, WireCheckEffect>;

  constructor(config: WireCheckConfig, deps: NetioWireCheckDeps) {
    const { clock, packetSockets, random } = deps;
    this.#deps = deps;
    this.#runner = new MachineRunner(
      {
        name: "wire check",
        initial: initialWireCheckState,
        step: (state, input, { now }) => stepWireCheck(state, input, { now, random, config }),
      },
      { clock, perform: (effect) => this.#perform(effect) },
    );
    this.#sockets = new NetioSockets({ packetSockets, input: (input) => this.#runner.take(input) });
  }

  /** The addresses to verify, whole. */
  verify(addresses: readonly CheckedAddress[]): void {
    this.#runner.take({ kind: "addresses", addresses });
  }

  updateNodes(nodes: readonly KnownNode[]): void {
    this.#runner.take({ kind: "nodes", nodes });
  }

  updateLinks(links: readonly Link[]): void {
    this.#runner.take({ kind: "links", links });
  }

  stop(): void {
    this.#runner.stop();
    this.#sockets.close();
  }

  #perform(effect: WireCheckEffect): void {
    switch (effect.kind) {
      case "open-socket":
      case "set-filter":
      case "close-socket":
      case "send":
        return this.#sockets.perform(effect);
      case "arm":
        return this.#runner.arm(effect.timer, effect.at, { kind: "timer", timer: effect.timer });
      case "transition":
        return this.#logTransition(effect);
      case "report":
        return this.#deps.onReport(effect.report);
      default:
        return assertNever(effect);
    }
  }

  #logTransition({ address, to, macs, owner }: Extract<WireCheckEffect, { kind: "transition" }>): void {
    const fields = { ip: formatIpAddress(address), verdict: to, macs: macs.map(formatMac), owner };
    if (to === "Reachable") this.#deps.log.info(fields, "address of another node answers as it should again");
    else this.#deps.log.warn(fields, "address of another node does not answer as it should");
  }
}
