import type { Descriptor, SteelyardAddon } from "../../../native/addon.d.ts";
import { type IpAddress, type IpFamily, type IpPrefix } from "@steelyard/model/address";
import { type SocketAddress } from "../../ports/socket-address.ts";
import { familyNumber, intValue, nameValue, sockaddr, tcpMd5Signature } from "./kernel-values.ts";

const IPPROTO_IP = 0;
const IPPROTO_TCP = 6;
const IPPROTO_IPV6 = 41;
const SOL_SOCKET = 1;

const SO_REUSEADDR = 2;
const SO_RCVBUF = 8;
const SO_BINDTODEVICE = 25;
const IPV6_V6ONLY = 26;
const TCP_MD5SIG_EXT = 32;

/** The same thing has another number in each family: TTL and hop limit, TOS and traffic class. */
const OPTIONS = {
  IPv4: { level: IPPROTO_IP, hops: 2, minimumHops: 21, trafficClass: 1, origin: [8, 12] },
  IPv6: { level: IPPROTO_IPV6, hops: 16, minimumHops: 73, trafficClass: 67, origin: [49, 51] },
} as const;

/** What routing protocols are marked with, so that a full link drops them last (RFC 4594, section 3.2). */
const INTERNET_CONTROL = 0xc0;

/** A socket of the kernel that somebody else drives: its options, and its end. Every call may throw a SystemError. */
export class IpSocket {
  readonly family: IpFamily;
  readonly descriptor: Descriptor;
  readonly #addon: SteelyardAddon;

  constructor(addon: SteelyardAddon, family: IpFamily, descriptor: Descriptor) {
    this.#addon = addon;
    this.family = family;
    this.descriptor = descriptor;
  }

  /** `prepare` sets options and binds; when the kernel refuses any of it nothing stays open. */
  static open(
    addon: SteelyardAddon,
    { family, type }: { readonly family: IpFamily; readonly type: number },
    prepare: (socket: IpSocket) => void,
  ): IpSocket {
    const socket = new IpSocket(addon, family, addon.openSocket(familyNumber(family), type));
    try {
      socket.#set(OPTIONS[family].level, OPTIONS[family].trafficClass, INTERNET_CONTROL);
      prepare(socket);
      return socket;
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  duplicate(): IpSocket {
    return new IpSocket(this.#addon, this.family, this.#addon.duplicateDescriptor(this.descriptor));
  }

  bind(local: SocketAddress, scope = 0): void {
    this.#addon.bindSocket(this.descriptor, sockaddr(local, scope));
  }

  /** Port 0: the kernel chooses. */
  bindAddress(address: IpAddress): void {
    this.bind({ address, port: 0 });
  }

  bindDevice(name: string): void {
    this.#addon.setSocketOption(this.descriptor, SOL_SOCKET, SO_BINDTODEVICE, nameValue(name));
  }

  reuseAddress(): void {
    this.#set(SOL_SOCKET, SO_REUSEADDR, 1);
  }

  /** For a socket nobody reads from: what is sent to it takes little memory. */
  keepFewBytes(): void {
    this.#set(SOL_SOCKET, SO_RCVBUF, 0);
  }

  /** Leaves IPv4 to a socket of its own. */
  onlyOwnFamily(): void {
    if (this.family === "IPv6") this.#set(IPPROTO_IPV6, IPV6_V6ONLY, 1);
  }

  /** `minimum` is only heeded by TCP (reference data-plane.md, section 5); 0 lets everything pass. */
  setHops(hops: number, minimum: number): void {
    const options = OPTIONS[this.family];
    this.#set(options.level, options.hops, hops);
    this.#set(options.level, options.minimumHops, minimum);
  }

  /** IP_PKTINFO and IP_RECVTTL, or what they are called in IPv6. */
  askForOrigins(): void {
    const { level, origin } = OPTIONS[this.family];
    for (const option of origin) this.#set(level, option, 1);
  }

  /** The TCP MD5 key for a prefix; undefined takes it away. */
  setKey(prefix: IpPrefix, password: string | undefined): void {
    this.#addon.setSocketOption(
      this.descriptor,
      IPPROTO_TCP,
      TCP_MD5SIG_EXT,
      tcpMd5Signature(prefix, password),
    );
  }

  close(): void {
    this.#addon.closeDescriptor(this.descriptor);
  }

  #set(level: number, option: number, value: number): void {
    this.#addon.setSocketOption(this.descriptor, level, option, intValue(value));
  }
}
