import { formatIpAddress } from "@steelyard/model/address";
import { type Instant } from "@steelyard/model/foundation";
import { type AnnouncerEffect, type AnnouncerReport } from "../types.ts";
import { describeFrame } from "./describe-frame.ts";
import { type ScenarioNames } from "./scenario-inputs.ts";

/** The lines of a transcript for one effect. */
export function describeEffect(
  effect: AnnouncerEffect,
  now: Instant,
  names: ScenarioNames,
): readonly string[] {
  switch (effect.kind) {
    case "open-socket":
    case "set-filter":
      return [
        `${effect.kind} ${names.interfaceName(effect.interfaceIndex)} ${effect.protocol} (${effect.precision})`,
      ];
    case "close-socket":
      return [`close-socket ${names.interfaceName(effect.interfaceIndex)} ${effect.protocol}`];
    case "join-group":
    case "leave-group":
      return [
        `${effect.kind} ${names.interfaceName(effect.interfaceIndex)} ${formatIpAddress(effect.group)}`,
      ];
    case "send":
      return effect.frames.map((frame) => {
        return `send ${names.interfaceName(effect.interfaceIndex)} ${describeFrame(frame, (mac) => names.station(mac))}`;
      });
    case "arm":
      return [`arm ${effect.timer} +${effect.at - now}ms`];
    case "transition": {
      const where = effect.interfaces.length === 0 ? "" : ` on ${effect.interfaces.join(",")}`;
      return [`announcer: ${formatIpAddress(effect.address)} ${effect.to}${where} because ${effect.because}`];
    }
    case "observed": {
      const who = effect.node === undefined ? names.station(effect.mac) : `node ${effect.node}`;
      const claim = effect.claim === undefined ? "" : ` by epoch ${effect.claim.epoch}`;
      return [`observed ${who} with ${formatIpAddress(effect.address)}${claim}`];
    }
    case "report":
      return [describeReport(effect.report, now, names)];
  }
}

function describeReport(report: AnnouncerReport, now: Instant, names: ScenarioNames): string {
  const { snapshotVersion, owned, unannounceable, counters, held, asking, free, defended, drops } = report;
  const parts = [
    ...owned.map(({ address, interfaces }) => `owns ${formatIpAddress(address)} on ${interfaces.join(",")}`),
    ...unannounceable.map(({ address }) => `cannot announce ${formatIpAddress(address)}`),
    ...asking.map((address) => `asks about ${formatIpAddress(address)}`),
    ...held.map(({ address, mac, interface: name, since, nextProbeAt }) => {
      const holder = `${names.station(mac)} on ${name} for ${now - since}ms`;
      return `${formatIpAddress(address)} held by ${holder}, asked again in ${nextProbeAt - now}ms`;
    }),
    ...free.map((address) => `${formatIpAddress(address)} is free`),
    ...defended.map(({ address, mac, conflicts, defences }) => {
      return `${formatIpAddress(address)} claimed by ${names.station(mac)} ${conflicts}x, defended ${defences}x`;
    }),
    ...Object.entries(drops).flatMap(([reason, count]) => (count === 0 ? [] : [`${reason} ${count}`])),
    ...counters.map(({ address, requests, responses, gratuitous }) => {
      return `${formatIpAddress(address)} ${requests}/${responses}/${gratuitous}`;
    }),
  ];
  return `report ${[`snapshot ${snapshotVersion}`, ...parts].join("; ")}`;
}
