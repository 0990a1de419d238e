import type { LogSink } from "@steelyard/client";
import { formatIpAddress } from "@steelyard/model/address";
import { assertNever, type Clock } from "@steelyard/model/foundation";
import { type Link } from "../core/interfaces/link.ts";
import { stepBinding } from "../core/machines/binding/step.ts";
import {
  type Answer,
  type BindingEffect,
  type BindingInput,
  type BindingReport,
  type BindingState,
  type BindingWish,
  initialBindingState,
} from "../core/machines/binding/types.ts";
import { type ArpSettingsReader } from "../ports/arp-settings.ts";
import { type InterfaceAddresses } from "../ports/interface-addresses.ts";
import { MachineRunner } from "./machine-runner.ts";

export interface NetioBindingDeps {
  readonly interfaceAddresses: InterfaceAddresses;
  readonly arpSettings: ArpSettingsReader;
  readonly clock: Clock;
  readonly log: LogSink;
  /**
   * Called while the machine's effects are performed: when it returns, the announcer has to know `kernelAnswers`, because
   * the next effect may be that the kernel ceases to answer.
   */
  readonly onReport: (report: BindingReport) => void;
}

/** Drives the binding machine: performs its effects and gives it back what the kernel answers. */
export class NetioBinding {
  readonly #deps: NetioBindingDeps;
  readonly #machine: MachineRunner<BindingState, BindingInput, BindingEffect>;
  /** Answers of one turn are one input. */
  readonly #answers: Answer[] = [];
  #cancelAnswers: (() => void) | undefined;

  constructor(deps: NetioBindingDeps) {
    this.#deps = deps;
    this.#machine = new MachineRunner(
      { name: "binding", initial: initialBindingState, step: stepBinding },
      { clock: deps.clock, perform: (effect) => this.#perform(effect) },
    );
  }

  /** The first table sweeps what an earlier life left behind. */
  links(links: readonly Link[]): void {
    this.#machine.take({ kind: "links", links });
  }

  /** The addresses that are announced now and are to be bound, whole. */
  wish(wishes: readonly BindingWish[]): void {
    this.#machine.take({ kind: "wishes", wishes });
  }

  /** When it returns, nothing of ours is bound any more. */
  stop(): void {
    this.#machine.take({ kind: "stop" });
    this.#machine.stop();
    this.#cancelAnswers?.();
    this.#deps.interfaceAddresses.close();
  }

  #perform(effect: BindingEffect): void {
    switch (effect.kind) {
      case "add":
      case "remove":
        return this.#change(effect);
      case "read-arp-settings":
        return this.#read(effect.links);
      case "arm":
        return this.#machine.arm(effect.timer, effect.at, { kind: "timer", timer: effect.timer });
      case "transition":
        return this.#logTransition(effect);
      case "warning":
        return this.#deps.log.warn({}, effect.sentence);
      case "report":
        return this.#deps.onReport(effect.report);
      default:
        return assertNever(effect);
    }
  }

  #change({ kind: change, place }: Extract<BindingEffect, { kind: "add" | "remove" }>): void {
    this.#deps.interfaceAddresses[change](place, (refusal) => {
      this.#answers.push({ change, place, refusal });
      this.#cancelAnswers ??= this.#deps.clock.after(0, () => {
        this.#cancelAnswers = undefined;
        this.#machine.take({ kind: "answers", answers: this.#answers.splice(0) });
      });
    });
  }

  #read(links: readonly { readonly index: number; readonly name: string }[]): void {
    const { arpSettings } = this.#deps;
    const settings = new Map(links.map(({ index, name }) => [index, arpSettings.read(name)]));
    this.#machine.take({ kind: "arp-settings", settings });
  }

  #logTransition({
    address,
    to,
    interface: name,
    because,
  }: Extract<BindingEffect, { kind: "transition" }>): void {
    const fields = { ip: formatIpAddress(address), interface: name, because };
    if (to === "not-bound") this.#deps.log.warn(fields, "address cannot be bound");
    else this.#deps.log.info(fields, `address ${to}`);
  }
}
