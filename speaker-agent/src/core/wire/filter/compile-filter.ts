import { type IpAddress } from "@steelyard/model/address";
import { ETHERNET_HEADER_LENGTH, ETHERTYPE_ARP, ETHERTYPE_IPV6 } from "../ethernet.ts";
import { IPV6_HEADER_LENGTH, NEXT_HEADER_ICMPV6 } from "../ipv6.ts";
import { NDP_HOP_LIMIT, TYPE_NEIGHBOR_SOLICITATION } from "../ndp.ts";
import { type FilterPrecision, type FilterProgram } from "../packet-filter.ts";
import { addressBlocks, coarseRanges } from "./address-blocks.ts";
import { searchAddress, searchRanges } from "./address-search.ts";
import {
  ACCEPT,
  DROP,
  JUMP_EQUAL,
  jumpIf,
  load,
  LOAD_BYTE,
  LOAD_HALF,
  LOAD_WORD,
  MAX_INSTRUCTIONS,
  orElse,
  PACKET_OTHER_HOST,
  PACKET_TYPE_OFFSET,
  require,
} from "./instructions.ts";

export interface CompiledFilter {
  readonly program: FilterProgram;
  /** What was reached; coarser than asked for when the addresses are too many or too scattered. */
  readonly precision: FilterPrecision;
}

export interface FilterOptions {
  /** The finest precision to try; a kernel that refused a program gets a coarser one next. */
  readonly precision: FilterPrecision;
  /** ARP only: also let through every packet whose *sender* is one of the addresses, to notice conflicts. */
  readonly senders?: boolean;
}

/** So few ranges fit where older kernels limit a socket's filter to 20 kB (reference data-plane.md, section 2). */
const COARSE_RANGES = 128;

const COARSER: Readonly<Record<FilterPrecision, FilterPrecision | undefined>> = {
  exact: "ranges",
  ranges: "operation",
  operation: undefined,
};

/** What to ask of a kernel that refused a filter of this precision; undefined = nothing is coarser. */
export function coarserThan(precision: FilterPrecision): FilterPrecision | undefined {
  return COARSER[precision];
}

/** A program for a socket bound to EtherType ARP: requests for one of the IPv4 `addresses`. */
export function compileArpFilter(addresses: readonly IpAddress[], options: FilterOptions): CompiledFilter {
  return compile(addresses, options.precision, (search) => arpFilter(search, options.senders ?? false));
}

/** A program for a socket bound to EtherType IPv6: neighbour solicitations for one of the IPv6 `addresses`. */
export function compileNdpFilter(addresses: readonly IpAddress[], options: FilterOptions): CompiledFilter {
  return compile(addresses, options.precision, (search) => ndpFilter(search(NDP_TARGET)));
}

/** A search for the wanted addresses at an offset of the frame. */
type AddressSearch = (offset: number) => FilterProgram;

function compile(
  addresses: readonly IpAddress[],
  precision: FilterPrecision,
  build: (search: AddressSearch) => FilterProgram,
): CompiledFilter {
  if (addresses.length === 0) return { program: [DROP], precision: "exact" };
  const program = build(searchFor(addresses, precision));
  const coarser = coarserThan(precision);
  if (program.length <= MAX_INSTRUCTIONS || coarser === undefined) return { program, precision };
  return compile(addresses, coarser, build);
}

function searchFor(addresses: readonly IpAddress[], precision: FilterPrecision): AddressSearch {
  switch (precision) {
    case "exact": {
      const blocks = addressBlocks(addresses);
      return (offset) => searchAddress(offset, blocks);
    }
    case "ranges": {
      const ranges = coarseRanges(addresses, COARSE_RANGES);
      const lastWord = addresses[0]?.family === "IPv6" ? 12 : 0;
      return (offset) => searchRanges(offset + lastWord, ranges);
    }
    case "operation":
      return () => [ACCEPT];
  }
}

const ARP = ETHERNET_HEADER_LENGTH;
const ARP_SENDER = ARP + 14;
const ARP_TARGET = ARP + 24;
/** Hardware type Ethernet and protocol type IPv4 in one word (RFC 826). */
const ARP_IPV4_OVER_ETHERNET = 0x0001_0800;
const ARP_LENGTHS = 0x0604;
const ARP_REQUEST = 1;

function arpFilter(search: AddressSearch, senders: boolean): FilterProgram {
  const request = [load(LOAD_HALF, ARP + 6), ...require(ARP_REQUEST, search(ARP_TARGET))];
  const wanted = senders ? orElse(search(ARP_SENDER), request) : request;
  const lengths = [load(LOAD_HALF, ARP + 4), ...require(ARP_LENGTHS, wanted)];
  return addressedToUs(ETHERTYPE_ARP, [load(LOAD_WORD, ARP), ...require(ARP_IPV4_OVER_ETHERNET, lengths)]);
}

const IPV6 = ETHERNET_HEADER_LENGTH;
const ICMPV6 = IPV6 + IPV6_HEADER_LENGTH;
const NDP_TARGET = ICMPV6 + 8;

function ndpFilter(search: FilterProgram): FilterProgram {
  const typeAndCode = [load(LOAD_HALF, ICMPV6), ...require(TYPE_NEIGHBOR_SOLICITATION << 8, search)];
  const hopLimit = [load(LOAD_BYTE, IPV6 + 7), ...require(NDP_HOP_LIMIT, typeAndCode)];
  return addressedToUs(ETHERTYPE_IPV6, [load(LOAD_BYTE, IPV6 + 6), ...require(NEXT_HEADER_ICMPV6, hopLimit)]);
}

/**
 * The kernel marks as another host's what it sees only because the link is promiscuous, and every frame of a VLAN that
 * has no interface here: that one reaches us with its tag already removed, so this mark is all that gives it away.
 */
function addressedToUs(etherType: number, rest: FilterProgram): FilterProgram {
  const typed = [load(LOAD_HALF, 12), ...require(etherType, rest)];
  return [load(LOAD_WORD, PACKET_TYPE_OFFSET), jumpIf(JUMP_EQUAL, PACKET_OTHER_HOST, 0, 1), DROP, ...typed];
}
