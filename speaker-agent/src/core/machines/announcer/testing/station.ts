import { type ClaimTrailer } from "../../../wire/claim-trailer.ts";
import { type MacAddress } from "../../../wire/mac-address.ts";
import { advertisementFrame, arpReplyFrame, EVERYONE, unaskedFrames } from "../../../wire/neighbor-frames.ts";
import { probeFrame, questionFrame } from "../../../wire/neighbor-questions.ts";
import { ip } from "../../../wire/testing/ip.ts";
import { hashOf } from "./drive.ts";

/** `:c` of 02:00:00:00:00:0c. */
export const CLIENT_MAC: MacAddress = new Uint8Array([2, 0, 0, 0, 0, 0x0c]);

/** Whoever is none of ours: `stranger`, or `stranger2` and so on; a node of ours goes by one letter. */
export function macOf(station: string): MacAddress {
  const digits = /^stranger(\d?)$/.exec(station)?.[1];
  return digits === undefined
    ? new Uint8Array([2, 0, 0, 0, 1, station.charCodeAt(0)])
    : new Uint8Array([2, 0, 0, 0, 2, Number(digits)]);
}

/** What another station says of an address; with an epoch it is an agent of ours and its frames carry its claim. */
export interface Statement {
  readonly station: string;
  readonly address: string;
  readonly epoch?: number;
}

function claimIn({ station, epoch }: Statement): ClaimTrailer | undefined {
  return epoch === undefined ? undefined : { epoch, nameHash: hashOf(station) };
}

/** That it has it, unasked. */
export function announcement(statement: Statement): readonly Uint8Array[] {
  return unaskedFrames(ip(statement.address), macOf(statement.station), claimIn(statement));
}

/** That it has it, to somebody who has asked without an address of its own. */
export function answerToProbe(statement: Statement, asker: MacAddress): Uint8Array {
  const { station, address } = statement;
  const mac = macOf(station);
  if (ip(address).family === "IPv6")
    return advertisementFrame(ip(address), mac, EVERYONE, claimIn(statement));
  const probe = {
    operation: "request",
    senderMac: asker,
    senderAddress: ip("0.0.0.0"),
    targetMac: mac,
    targetAddress: ip(address),
  } as const;
  return arpReplyFrame(probe, mac, claimIn(statement));
}

/** That it would like to have it. */
export function seeking(statement: Statement): Uint8Array {
  return probeFrame(ip(statement.address), macOf(statement.station), claimIn(statement));
}

/** The questions of one client, by default to everyone. */
export const client = {
  arp: (target: string, to?: MacAddress) =>
    questionFrame({ mac: CLIENT_MAC, from: ip("192.0.2.1"), target: ip(target), ...(to && { to }) }),
  arpProbe: (target: string) => probeFrame(ip(target), CLIENT_MAC),
  ndp: (target: string, to?: MacAddress) =>
    questionFrame({ mac: CLIENT_MAC, from: ip("fe80::c"), target: ip(target), ...(to && { to }) }),
  ndpProbe: (target: string) => probeFrame(ip(target), CLIENT_MAC),
} as const;
