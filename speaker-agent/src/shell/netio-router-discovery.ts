import type { LogSink } from "@steelyard/client";
import { formatIpAddress } from "@steelyard/model/address";
import { assertNever, type Clock, type Random } from "@steelyard/model/foundation";
import { type Link } from "../core/interfaces/link.ts";
import { stepRouterDiscovery } from "../core/machines/router-discovery/step.ts";
import {
  type DiscoveredRouter,
  initialRouterDiscoveryState,
  type RouterDiscoveryEffect,
  type RouterDiscoveryInput,
  type RouterDiscoveryState,
} from "../core/machines/router-discovery/types.ts";
import { type MulticastGroups } from "../ports/multicast-groups.ts";
import { type PacketSockets } from "../ports/packet-socket.ts";
import { MachineRunner } from "./machine-runner.ts";
import { NetioSockets } from "./netio-sockets.ts";

export interface NetioRouterDiscoveryDeps {
  readonly packetSockets: PacketSockets;
  /** Its owner closes it. */
  readonly multicastGroups: MulticastGroups;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LogSink;
  /** By level; of one interface first the router that is to be used. */
  readonly onRouters: (routers: readonly DiscoveredRouter[]) => void;
}

/** Drives the machine that finds the routers of unnumbered links and tells them of this node. */
export class NetioRouterDiscovery {
  readonly #deps: NetioRouterDiscoveryDeps;
  readonly #sockets: NetioSockets;
  readonly #runner: MachineRunner<RouterDiscoveryState, RouterDiscoveryInput, RouterDiscoveryEffect>;

  constructor(deps: NetioRouterDiscoveryDeps) {
    const { clock, packetSockets, random } = deps;
    this.#deps = deps;
    this.#runner = new MachineRunner(
      {
        name: "router discovery",
        initial: initialRouterDiscoveryState,
        step: (state, input, { now }) => stepRouterDiscovery(state, input, { now, random }),
      },
      { clock, perform: (effect) => this.#perform(effect) },
    );
    this.#sockets = new NetioSockets({ packetSockets, input: (input) => this.#runner.take(input) });
  }

  /** The interfaces to look for routers on, whole. */
  watch(interfaces: readonly string[]): void {
    this.#runner.take({ kind: "watch", interfaces });
  }

  updateLinks(links: readonly Link[]): void {
    this.#runner.take({ kind: "links", links });
  }

  /** Says nothing to the routers: our advertisements never were a promise. */
  stop(): void {
    this.#runner.stop();
    this.#sockets.close();
  }

  #perform(effect: RouterDiscoveryEffect): void {
    switch (effect.kind) {
      case "open-socket":
      case "set-filter":
      case "close-socket":
      case "send":
        return this.#sockets.perform(effect);
      case "join-group":
      case "leave-group":
        return this.#changeGroup(effect);
      case "arm":
        return this.#runner.arm("due", effect.at, { kind: "timer" });
      case "routers":
        return this.#deps.onRouters(effect.routers);
      case "transition":
        return this.#logTransition(effect);
      case "deaf":
        return this.#deps.log.warn(
          { interface: effect.interface, code: effect.code },
          "no router can be looked for on an interface: the kernel gives no packet socket",
        );
      default:
        return assertNever(effect);
    }
  }

  /** Without the membership only the questions of other routers may not reach us, so a refusal is a warning and not an end. */
  #changeGroup(effect: Extract<RouterDiscoveryEffect, { kind: "join-group" | "leave-group" }>): void {
    const { kind, interfaceIndex, group } = effect;
    const { multicastGroups, log } = this.#deps;
    try {
      if (kind === "join-group") multicastGroups.join(interfaceIndex, group);
      else multicastGroups.leave(interfaceIndex, group);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      log.warn({ interfaceIndex, error: why }, `${kind} of the routers' group failed`);
    }
  }

  #logTransition(effect: Extract<RouterDiscoveryEffect, { kind: "transition" }>): void {
    const { address, to, because } = effect;
    const fields = { interface: effect.interface, router: formatIpAddress(address), because };
    if (to === "found") this.#deps.log.info(fields, "router found on an unnumbered link");
    else this.#deps.log.warn(fields, "router lost on an unnumbered link");
  }
}
