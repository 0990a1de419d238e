import { formatIpAddress, sameIpAddress } from "@steelyard/model/address";
import { ARP_LENGTH, type ArpPacket, decodeArp } from "../../../wire/arp.ts";
import { claimAmong, decodeClaimTrailer } from "../../../wire/claim-trailer.ts";
import { decodeEthernet, ETHERTYPE_ARP } from "../../../wire/ethernet.ts";
import { decodeIpv6 } from "../../../wire/ipv6.ts";
import { formatMac, type MacAddress } from "../../../wire/mac-address.ts";
import { decodeNdp, type NdpMessage } from "../../../wire/ndp.ts";

/** Turns a MAC into the name of the station that has it. */
export type StationNames = (mac: MacAddress) => string;

/** One line a network engineer can read. */
export function describeFrame(bytes: Uint8Array, nameOf: StationNames = formatMac): string {
  const ethernet = decodeEthernet(bytes);
  if (!ethernet.ok) return `unreadable frame: ${ethernet.error.message}`;
  const { etherType, payload, destination, source } = ethernet.value;
  const way = `${nameOf(source)} > ${nameOf(destination)}`;
  if (etherType === ETHERTYPE_ARP) {
    const packet = decodeArp(payload);
    if (!packet.ok) return `${way}: ${packet.error.message}`;
    const claim = decodeClaimTrailer(payload.subarray(ARP_LENGTH));
    return `${way}: ${describeArp(packet.value, nameOf)}${claim.ok ? ` epoch ${claim.value.epoch}` : ""}`;
  }
  const packet = decodeIpv6(payload);
  if (!packet.ok) return `${way}: ${packet.error.message}`;
  const message = decodeNdp(packet.value);
  if (!message.ok) return `${way}: ${message.error.message}`;
  const ends = `${formatIpAddress(packet.value.source)} > ${formatIpAddress(packet.value.destination)}`;
  return `${way}: ${ends} ${describeNdp(message.value, nameOf)}`;
}

function describeArp(packet: ArpPacket, nameOf: StationNames): string {
  const { operation, senderMac, senderAddress, targetMac, targetAddress } = packet;
  const claim = `${formatIpAddress(senderAddress)} is-at ${nameOf(senderMac)}`;
  const kind = sameIpAddress(senderAddress, targetAddress) ? " (gratuitous)" : "";
  if (operation === "request" && kind === "") {
    return `arp request who-has ${formatIpAddress(targetAddress)} tell ${formatIpAddress(senderAddress)}`;
  }
  return `arp ${operation} ${claim}, to ${formatIpAddress(targetAddress)} at ${nameOf(targetMac)}${kind}`;
}

function describeNdp(message: NdpMessage, nameOf: StationNames): string {
  const options = message.options.map((option) => {
    if (option.kind !== "other") return `${option.kind} ${nameOf(option.mac)}`;
    const claim = claimAmong([option]);
    return claim === undefined ? `option ${option.type}` : `epoch ${claim.epoch}`;
  });
  if (message.kind === "solicitation") {
    return ["neighbor solicitation who-has", formatIpAddress(message.target), ...options].join(" ");
  }
  const flags = (["router", "solicited", "override"] as const).filter((flag) => message[flag]).join(" ");
  return `neighbor advertisement ${formatIpAddress(message.target)} [${flags}] ${options.join(" ")}`;
}
