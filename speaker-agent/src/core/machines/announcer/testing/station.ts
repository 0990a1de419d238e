import { type MacAddress } from "../../../wire/mac-address.ts";
import { probeFrame, questionFrame } from "../../../wire/neighbor-questions.ts";
import { ip } from "../../../wire/testing/ip.ts";

/** `:c` of 02:00:00:00:00:0c. */
export const CLIENT_MAC: MacAddress = new Uint8Array([2, 0, 0, 0, 0, 0x0c]);

/** The questions of one client, by default to everyone. */
export const client = {
  arp: (target: string, to?: MacAddress) =>
    questionFrame({ mac: CLIENT_MAC, from: ip("192.0.2.1"), target: ip(target), ...(to && { to }) }),
  arpProbe: (target: string) => probeFrame(ip(target), CLIENT_MAC),
  ndp: (target: string, to?: MacAddress) =>
    questionFrame({ mac: CLIENT_MAC, from: ip("fe80::c"), target: ip(target), ...(to && { to }) }),
  ndpProbe: (target: string) => probeFrame(ip(target), CLIENT_MAC),
} as const;
