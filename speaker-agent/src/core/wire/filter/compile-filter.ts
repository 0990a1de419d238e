import { type IpAddress } from "@steelyard/model/address";
import { ETHERNET_HEADER_LENGTH, ETHERTYPE_ARP, ETHERTYPE_IPV6 } from "../ethernet.ts";
import { IPV6_HEADER_LENGTH, NEXT_HEADER_ICMPV6 } from "../ipv6.ts";
import { NDP_HOP_LIMIT } from "../ndp-packet.ts";
import { TYPE_NEIGHBOR_ADVERTISEMENT, TYPE_NEIGHBOR_SOLICITATION } from "../ndp.ts";
import { type FilterPrecision, type FilterProgram } from "../packet-filter.ts";
import { TYPE_ROUTER_ADVERTISEMENT, TYPE_ROUTER_SOLICITATION } from "../router-advertisement.ts";
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
}

/** So few ranges fit where older kernels limit a socket's filter to 20 kB (reference data-plane.md, section 2). */
const COARSE_RANGES = 128;

const COARSER: Readonly<Record<FilterPrecision, FilterPrecision | undefined>> = {
  exact: "exact-questions",
  "exact-questions": "ranges",
  ranges: "operation",
  operation: undefined,
};

/** What to ask of a kernel that refused a filter of this precision; undefined = nothing is coarser. */
export function coarserThan(precision: FilterPrecision): FilterPrecision | undefined {
  return COARSER[precision];
}

/**
 * A program for a socket bound to EtherType ARP: requests for one of the IPv4 `addresses`, and every packet whose sender
 * claims to have one (RFC 5227, section 2.4).
 */
export function compileArpFilter(addresses: readonly IpAddress[], options: FilterOptions): CompiledFilter {
  return compile(addresses, options.precision, ({ questions, claims }) => {
    const request = [load(LOAD_HALF, ARP + 6), ...require(ARP_REQUEST, questions(ARP_TARGET))];
    return arpFilter(orElse(claims(ARP_SENDER), request));
  });
}

/** A program for a socket bound to EtherType IPv6: solicitations and advertisements of one of the IPv6 `addresses`. */
export function compileNdpFilter(addresses: readonly IpAddress[], options: FilterOptions): CompiledFilter {
  return compile(addresses, options.precision, ({ questions }) => ndpFilter("any", questions(NDP_TARGET)));
}

/** Like `compileArpFilter`, but replies only: for who asked about `addresses` and owns none of them. */
export function compileArpAnswerFilter(
  addresses: readonly IpAddress[],
  options: FilterOptions,
): CompiledFilter {
  return compile(addresses, options.precision, ({ claims }) =>
    arpFilter([load(LOAD_HALF, ARP + 6), ...require(ARP_REPLY, claims(ARP_SENDER))]),
  );
}

/** Like `compileNdpFilter`, but advertisements only. */
export function compileNdpAnswerFilter(
  addresses: readonly IpAddress[],
  options: FilterOptions,
): CompiledFilter {
  return compile(addresses, options.precision, ({ claims }) => ndpFilter("answers", claims(NDP_TARGET)));
}

/** A program for a socket bound to EtherType IPv6: solicitations and advertisements of routers. */
export function compileRouterDiscoveryFilter(): CompiledFilter {
  const advertisements = require(TYPE_ROUTER_ADVERTISEMENT << 8, [ACCEPT]);
  const overAdvertisements = jumpIf(JUMP_EQUAL, TYPE_ROUTER_SOLICITATION << 8, advertisements.length - 1, 0);
  return { program: icmpv6Filter([overAdvertisements, ...advertisements]), precision: "exact" };
}

/** A search for the wanted addresses at an offset of the frame. */
type AddressSearch = (offset: number) => FilterProgram;

/** The two differ where exactness for both would make the program too long. */
interface AddressSearches {
  readonly questions: AddressSearch;
  readonly claims: AddressSearch;
}

function compile(
  addresses: readonly IpAddress[],
  precision: FilterPrecision,
  build: (searches: AddressSearches) => FilterProgram,
): CompiledFilter {
  if (addresses.length === 0) return { program: [DROP], precision: "exact" };
  const coarser = coarserThan(precision);
  if (coarser !== undefined && isHopeless(addresses, precision)) return compile(addresses, coarser, build);
  const program = build(searchesFor(addresses, precision));
  if (program.length <= MAX_INSTRUCTIONS || coarser === undefined) return { program, precision };
  return compile(addresses, coarser, build);
}

/** Every range takes an instruction at least; a program that is thrown away would have cost the most of all. */
function isHopeless(addresses: readonly IpAddress[], precision: FilterPrecision): boolean {
  if (precision !== "exact" && precision !== "exact-questions") return false;
  if (addresses.length <= MAX_INSTRUCTIONS) return false;
  return addressBlocks(addresses).reduce((sum, { low }) => sum + low.length, 0) > MAX_INSTRUCTIONS;
}

function searchesFor(addresses: readonly IpAddress[], precision: FilterPrecision): AddressSearches {
  switch (precision) {
    case "exact":
      return both(exactly(addresses));
    case "exact-questions":
      return { questions: exactly(addresses), claims: nearly(addresses) };
    case "ranges":
      return both(nearly(addresses));
    case "operation":
      return both(() => [ACCEPT]);
  }
}

function both(search: AddressSearch): AddressSearches {
  return { questions: search, claims: search };
}

function exactly(addresses: readonly IpAddress[]): AddressSearch {
  const blocks = addressBlocks(addresses);
  return (offset) => searchAddress(offset, blocks);
}

function nearly(addresses: readonly IpAddress[]): AddressSearch {
  const ranges = coarseRanges(addresses, COARSE_RANGES);
  const lastWord = addresses[0]?.family === "IPv6" ? 12 : 0;
  return (offset) => searchRanges(offset + lastWord, ranges);
}

const ARP = ETHERNET_HEADER_LENGTH;
const ARP_SENDER = ARP + 14;
const ARP_TARGET = ARP + 24;
/** Hardware type Ethernet and protocol type IPv4 in one word (RFC 826). */
const ARP_IPV4_OVER_ETHERNET = 0x0001_0800;
const ARP_LENGTHS = 0x0604;
const ARP_REQUEST = 1;
const ARP_REPLY = 2;

function arpFilter(wanted: FilterProgram): FilterProgram {
  const lengths = [load(LOAD_HALF, ARP + 4), ...require(ARP_LENGTHS, wanted)];
  return addressedToUs(ETHERTYPE_ARP, [load(LOAD_WORD, ARP), ...require(ARP_IPV4_OVER_ETHERNET, lengths)]);
}

const IPV6 = ETHERNET_HEADER_LENGTH;
const ICMPV6 = IPV6 + IPV6_HEADER_LENGTH;
const NDP_TARGET = ICMPV6 + 8;

function ndpFilter(kinds: "any" | "answers", search: FilterProgram): FilterProgram {
  const answers = require(TYPE_NEIGHBOR_ADVERTISEMENT << 8, search);
  // A solicitation jumps over the test for an advertisement: both have their target at the same place.
  const overAnswers = jumpIf(JUMP_EQUAL, TYPE_NEIGHBOR_SOLICITATION << 8, answers.length - search.length, 0);
  return icmpv6Filter([...(kinds === "any" ? [overAnswers] : []), ...answers]);
}

/** Runs `rest` with type and code of the ICMPv6 message loaded. */
function icmpv6Filter(rest: FilterProgram): FilterProgram {
  const hopLimit = [load(LOAD_BYTE, IPV6 + 7), ...require(NDP_HOP_LIMIT, [load(LOAD_HALF, ICMPV6), ...rest])];
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
