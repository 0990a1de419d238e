import { assertNever } from "@steelyard/model/foundation";
import { readHalf } from "../address-bytes.ts";
import { afiOf, SAFI_UNICAST } from "./families.ts";
import { CAPABILITY_CODES } from "./capabilities.ts";
import { type BgpCapability } from "./messages.ts";

const ADDRESS_FAMILIES: Readonly<Record<number, string>> = {
  1: "IPv4",
  2: "IPv6",
  25: "L2VPN",
  16388: "BGP-LS",
};
const SUBSEQUENT_FAMILIES: Readonly<Record<number, string>> = {
  1: "unicast",
  2: "multicast",
  4: "labelled unicast",
  65: "VPLS",
  70: "EVPN",
  128: "VPN",
  133: "flow specification",
};

/** Names of codes that we do not decode (IANA, "Capability Codes"). */
const OTHER_CODES: Readonly<Record<number, string>> = {
  3: "outbound route filtering",
  6: "extended messages",
  7: "BGPsec",
  8: "multiple labels",
  9: "BGP roles",
  66: "dynamic capabilities of a draft",
  67: "dynamic capabilities",
  68: "multisession",
  69: "several paths of a prefix",
  71: "long-lived graceful restart",
  73: "host names",
  75: "software version",
  128: "route refresh of old",
};

/** "IPv4 unicast"; numbers where there is no name. */
export function describeFamily(afi: number, safi: number): string {
  const family = ADDRESS_FAMILIES[afi] ?? `address family ${afi}`;
  return `${family} ${SUBSEQUENT_FAMILIES[safi] ?? `of the kind ${safi}`}`;
}

/** A few words for a sentence. */
export function describeCapability(capability: BgpCapability): string {
  switch (capability.kind) {
    case "multiprotocol":
      return describeFamily(afiOf(capability.family), SAFI_UNICAST);
    case "route-refresh":
      return "route refresh";
    case "enhanced-route-refresh":
      return "enhanced route refresh";
    case "extended-next-hop":
      return `${capability.family} routes with a next hop of ${capability.nextHop}`;
    case "four-byte-asn":
      return "AS numbers of four bytes";
    case "graceful-restart":
      return "graceful restart";
    case "unknown":
      return describeUnknown(capability.code, capability.value);
    default:
      return assertNever(capability);
  }
}

function describeUnknown(code: number, value: Uint8Array): string {
  if (code === CAPABILITY_CODES.multiprotocol) return describeFamily(readHalf(value, 0), value[3] ?? 0);
  return OTHER_CODES[code] ?? `capability ${code}`;
}
