import { ADDRESS_BITS, type IpFamily, ipAddressToBytes } from "@steelyard/model/address";
import { constants } from "node:os";
import { formatAddress } from "netlink/dist/rt/gen_structs.js";
import { AttrStream, formatMessage, putString, putU32 } from "netlink/dist/structs.js";
import { type InterfaceAddress } from "../../ports/interface-addresses.ts";
import { MARK_METRIC, MARK_PROTOCOL, markLabel } from "./address-marks.ts";

/** Message types and flags (linux/rtnetlink.h, linux/netlink.h). */
const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;
const NLM_F_REQUEST = 0x1;
const NLM_F_ACK = 0x4;
const NLM_F_EXCL = 0x200;
const NLM_F_CREATE = 0x400;

const AF: Readonly<Record<IpFamily, number>> = { IPv4: 2, IPv6: 10 };
/** IFA_ADDRESS and so on (linux/if_addr.h). */
const IFA = { address: 1, local: 2, label: 3, flags: 8, metric: 9, protocol: 11 } as const;
const IFA_F_NODAD = 0x02;
const IFA_F_NOPREFIXROUTE = 0x200;

/** RTM_NEWADDR or RTM_DELADDR as the request of `sequence`, to be acknowledged. */
export function encodeAddressChange(
  change: "add" | "remove",
  { interfaceIndex, interfaceName, address }: InterfaceAddress,
  sequence: number,
): Uint8Array {
  const bytes = ipAddressToBytes(address);
  const head = formatAddress({
    family: AF[address.family],
    prefixlen: ADDRESS_BITS[address.family],
    index: interfaceIndex,
  });
  const attributes = new AttrStream();
  attributes.push(IFA.local, bytes);
  attributes.push(IFA.address, bytes);
  if (change === "add") {
    attributes.push(IFA.flags, putU32(IFA_F_NODAD | IFA_F_NOPREFIXROUTE));
    attributes.push(IFA.metric, putU32(MARK_METRIC));
    attributes.push(IFA.protocol, Uint8Array.of(MARK_PROTOCOL));
    if (address.family === "IPv4") attributes.push(IFA.label, putString(markLabel(interfaceName)));
  }
  const flags = NLM_F_REQUEST | NLM_F_ACK | (change === "add" ? NLM_F_CREATE | NLM_F_EXCL : 0);
  const type = change === "add" ? RTM_NEWADDR : RTM_DELADDR;
  return Buffer.concat(
    formatMessage({ type, flags, seq: sequence, port: 0, data: [head, ...attributes.bufs] }),
  );
}

const ERRNO_NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** Such as "EPERM". */
export function errnoName(errno: number): string {
  return ERRNO_NAMES.get(errno) ?? `errno ${errno}`;
}
