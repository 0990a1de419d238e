import { type IpAddress, type IpFamily } from "@steelyard/model/address";
import { addressWords } from "../address-bytes.ts";
import { type FilterProgram } from "../packet-filter.ts";
import {
  ACCEPT,
  branch,
  DROP,
  jumpIf,
  load,
  LOAD_BYTE,
  LOAD_HALF,
  LOAD_WORD,
  JUMP_EQUAL,
  NETWORK_HEADER_OFFSET,
  orElse,
  require,
} from "./instructions.ts";

/** RFC 5881, section 4, and RFC 5883, section 5. */
export const BFD_PORTS = { "single-hop": 3784, "multi-hop": 4784, echo: 3785 } as const;

/** RFC 5881, section 5: what nobody farther away can send. */
export const BFD_TTL = 255;

const UDP_HEADER = 8;
const SMALLEST_CONTROL_PACKET = 24;
/** Where the network header has its TTL or hop limit. */
const TTL_AT: Readonly<Record<IpFamily, number>> = { IPv4: 8, IPv6: 7 };

/**
 * For a UDP socket, whose programs see the datagram from its UDP header on: TTL at least `minimumTtl`, long enough, version 1,
 * a discriminator that is not 0 (RFC 5880, section 6.8.6). IP_MINTTL would do nothing here (reference data-plane.md, section 5).
 */
export function bfdControlFilter(family: IpFamily, minimumTtl: number): FilterProgram {
  const discriminator = [load(LOAD_WORD, UDP_HEADER + 4), jumpIf(JUMP_EQUAL, 0, 0, 1), DROP, ACCEPT];
  const version = [load(LOAD_BYTE, UDP_HEADER), ...branch(0x20, [DROP], branch(0x40, discriminator, [DROP]))];
  const length = [load(LOAD_HALF, 4), ...branch(UDP_HEADER + SMALLEST_CONTROL_PACKET, [DROP], version)];
  return [load(LOAD_BYTE, NETWORK_HEADER_OFFSET + TTL_AT[family]), ...branch(minimumTtl, [DROP], length)];
}

/** For a packet socket: echo packets of `local` that came back, and the router's control packets, which show its MAC. */
export function bfdEchoFilter(local: IpAddress, router: IpAddress): FilterProgram {
  const fromTo = (source: IpAddress, port: number): FilterProgram => [
    load(LOAD_HALF, 14),
    ...branch(0x4500, [DROP], branch(0x4600, udpTo(source, local, port), [DROP])),
  ];
  return orElse(fromTo(local, BFD_PORTS.echo), fromTo(router, BFD_PORTS["single-hop"]));
}

/** IPv4 without options, behind an Ethernet header. */
function udpTo(source: IpAddress, destination: IpAddress, port: number): FilterProgram {
  const [from = 0] = addressWords(source);
  const [to = 0] = addressWords(destination);
  const ports = [load(LOAD_HALF, 36), ...require(port, [ACCEPT])];
  const addresses = [load(LOAD_WORD, 26), ...require(from, [load(LOAD_WORD, 30), ...require(to, ports)])];
  return [load(LOAD_BYTE, 23), ...require(17, addresses)];
}
