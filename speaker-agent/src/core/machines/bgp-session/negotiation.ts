import { type IpFamily } from "@steelyard/model/address";
import { type Millis } from "@steelyard/model/foundation";
import { CAPABILITY_CODES, encodeCapabilities } from "../../wire/bgp/capabilities.ts";
import {
  type BgpCapability,
  type BgpNotificationMessage,
  type BgpOpenMessage,
} from "../../wire/bgp/messages.ts";
import { NOTIFICATION, OPEN_ERROR } from "../../wire/bgp/notification-codes.ts";
import { type BgpNegotiated, type BgpSessionConfig, type ConnectionId } from "./types.ts";

/** Our OPEN; `restarting` is the R bit of RFC 4724. */
export function buildOpen(config: BgpSessionConfig, routerId: number, restarting: boolean): BgpOpenMessage {
  const { localAsn: asn, holdTimeSeconds } = config;
  return { kind: "open", asn, holdTimeSeconds, routerId, capabilities: ourCapabilities(config, restarting) };
}

function ourCapabilities(config: BgpSessionConfig, restarting: boolean): readonly BgpCapability[] {
  const capabilities: BgpCapability[] = config.families.map(multiprotocol);
  capabilities.push({ kind: "route-refresh" }, { kind: "enhanced-route-refresh" });
  capabilities.push({ kind: "four-byte-asn", asn: config.localAsn });
  if (config.extendedNextHop)
    capabilities.push({ kind: "extended-next-hop", family: "IPv4", nextHop: "IPv6" });
  if (config.gracefulRestart !== undefined) {
    const families = config.families.map((family) => ({ family, forwarding: true }));
    const { restartTimeSeconds } = config.gracefulRestart;
    capabilities.push({
      kind: "graceful-restart",
      restarting,
      notification: false,
      restartTimeSeconds,
      families,
    });
  }
  return capabilities;
}

/** RFC 4271, section 6.2, as far as the codec has not seen to it already; undefined = the OPEN will do. */
export function refuseOpen(
  config: BgpSessionConfig,
  routerId: number,
  open: BgpOpenMessage,
): BgpNotificationMessage | undefined {
  const { localAsn, peerAsn, families } = config;
  if (!acceptsAsn(peerAsn, localAsn, open.asn)) return refusal("badPeerAs");
  // Between ASes equal identifiers are lawful (RFC 6286, section 2.2).
  if (open.asn === localAsn && open.routerId === routerId) return refusal("badIdentifier");
  if (commonFamilies(families, open).length > 0) return undefined;
  // RFC 5492, section 3: the data are the capabilities that were missed.
  return refusal("unsupportedCapability", encodeCapabilities(families.map(multiprotocol)));
}

/** Whether a router of this AS is one we want. */
export function acceptsAsn(peerAsn: BgpSessionConfig["peerAsn"], localAsn: number, asn: number): boolean {
  if (peerAsn === "internal") return asn === localAsn;
  return peerAsn === "external" ? asn !== localAsn : asn === peerAsn;
}

function multiprotocol(family: IpFamily): BgpCapability {
  return { kind: "multiprotocol", family };
}

function refusal(
  subcode: keyof typeof OPEN_ERROR,
  data: Uint8Array = new Uint8Array(0),
): BgpNotificationMessage {
  return { kind: "notification", code: NOTIFICATION.open, subcode: OPEN_ERROR[subcode], data };
}

/** Without the capability of RFC 4760 a router knows IPv4 alone. */
function familiesOf({ capabilities }: BgpOpenMessage): readonly IpFamily[] {
  const families = capabilities.flatMap((one) => (one.kind === "multiprotocol" ? [one.family] : []));
  // A router that offers other families only, such as VPN routes, does offer the capability.
  const speaksMultiprotocol = families.length > 0 || capabilities.some(isForeignFamily);
  return speaksMultiprotocol ? families : ["IPv4"];
}

function isForeignFamily(capability: BgpCapability): boolean {
  return capability.kind === "unknown" && capability.code === CAPABILITY_CODES.multiprotocol;
}

function commonFamilies(ours: readonly IpFamily[], open: BgpOpenMessage): readonly IpFamily[] {
  const theirs = familiesOf(open);
  return ours.filter((family) => theirs.includes(family));
}

/** What an OPEN that will do and ours come to. */
export function negotiate(
  config: BgpSessionConfig,
  { id, routerId }: { readonly id: ConnectionId; readonly routerId: number },
  open: BgpOpenMessage,
): BgpNegotiated {
  const holdTimeSeconds = Math.min(config.holdTimeSeconds, open.holdTimeSeconds);
  const families = commonFamilies(config.families, open);
  const offers = (kind: BgpCapability["kind"]) => open.capabilities.some((one) => one.kind === kind);
  return {
    connection: id,
    localAsn: config.localAsn,
    peerAsn: open.asn,
    internal: open.asn === config.localAsn,
    routerId,
    peerRouterId: open.routerId,
    holdTimeSeconds,
    keepalive: keepaliveOf(config.keepalive, holdTimeSeconds),
    fourByteAsn: offers("four-byte-asn"),
    families,
    extendedNextHop: config.extendedNextHop && open.capabilities.some(isIpv4OverIpv6),
    routeRefresh: offers("route-refresh"),
    enhancedRouteRefresh: offers("enhanced-route-refresh"),
    gracefulRestart:
      config.gracefulRestart !== undefined && offers("graceful-restart")
        ? { restartTimeSeconds: config.gracefulRestart.restartTimeSeconds, families }
        : undefined,
  };
}

function isIpv4OverIpv6(capability: BgpCapability): boolean {
  return (
    capability.kind === "extended-next-hop" && capability.family === "IPv4" && capability.nextHop === "IPv6"
  );
}

/** RFC 4271, section 4.4: a third of the hold time at most, and none with a hold time of 0. */
export function keepaliveOf(wanted: Millis | undefined, holdTimeSeconds: number): Millis {
  const third = (holdTimeSeconds * 1000) / 3;
  return wanted === undefined || wanted <= 0 ? third : Math.min(wanted, third);
}

/** Four bytes, as routers show it. */
export function formatRouterId(routerId: number): string {
  return [24, 16, 8, 0].map((shift) => (routerId >>> shift) & 0xff).join(".");
}
