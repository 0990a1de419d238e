import { type Instant } from "@steelyard/model/foundation";
import { formatIpPrefix } from "@steelyard/model/address";
import { type BgpCapability, type BgpReceived } from "../../../wire/bgp/messages.ts";
import { decodeShutdownCommunication } from "../../../wire/bgp/shutdown-communication.ts";
import { formatRouterId } from "../negotiation.ts";
import { type BgpNegotiated, type BgpSessionEffect, type BgpTimer } from "../types.ts";
import { messagesOf } from "./session-driver.ts";

/** The lines of a transcript for one effect. */
export function describeEffect(effect: BgpSessionEffect, now: Instant): readonly string[] {
  switch (effect.kind) {
    case "connect":
    case "abort-connect":
    case "stopped":
      return [effect.kind];
    case "send":
      return messagesOf(effect.bytes).map((each) => `send ${effect.connection}: ${describeMessage(each)}`);
    case "close":
      return [`close ${effect.connection}`];
    case "arm":
      return [`arm ${timerName(effect)} +${Math.round(effect.at - now)}ms`];
    case "disarm":
      return [`disarm ${timerName(effect)}`];
    case "established":
      return [`established: ${describeNegotiated(effect.negotiated)}`];
    case "down":
      return [`down because ${effect.because}`];
    case "refresh":
      return [`refresh ${effect.family}`];
    case "transition":
      return [`session: ${effect.from} -> ${effect.to} because ${effect.because}`];
    case "notice":
      return [`notice: ${effect.because}`];
  }
}

function timerName({ timer, connection }: { timer: BgpTimer; connection?: number }): string {
  return connection === undefined ? timer : `${timer} ${connection}`;
}

function describeNegotiated(negotiated: BgpNegotiated): string {
  const { peerAsn, internal, peerRouterId, holdTimeSeconds, keepalive, families } = negotiated;
  return [
    `connection ${negotiated.connection}`,
    `AS ${peerAsn} (${internal ? "internal" : "external"})`,
    `id ${formatRouterId(peerRouterId)}`,
    `hold ${holdTimeSeconds}`,
    `keepalive ${keepalive}ms`,
    families.join("+"),
    ...(negotiated.fourByteAsn ? [] : ["AS numbers of two bytes"]),
    ...(negotiated.extendedNextHop ? ["IPv4 over IPv6"] : []),
    ...(negotiated.routeRefresh ? ["refresh"] : []),
    ...(negotiated.enhancedRouteRefresh ? ["enhanced refresh"] : []),
    ...(negotiated.gracefulRestart === undefined
      ? []
      : [`routes kept ${negotiated.gracefulRestart.restartTimeSeconds} s`]),
  ].join(", ");
}

export function describeMessage(message: BgpReceived["message"]): string {
  switch (message.kind) {
    case "open": {
      const { asn, holdTimeSeconds, routerId, capabilities } = message;
      const offered = capabilities.map(describeCapability).join(" ");
      return `OPEN AS ${asn} hold ${holdTimeSeconds} id ${formatRouterId(routerId)} ${offered}`.trimEnd();
    }
    case "update":
      return `UPDATE ${describeRoutes(message)}`;
    case "notification": {
      const { code, subcode, data } = message;
      const words =
        code === 6 && (subcode === 2 || subcode === 4) ? decodeShutdownCommunication(data) : undefined;
      return `NOTIFICATION ${code}/${subcode}${words === undefined ? "" : ` "${words}"`}`;
    }
    case "route-refresh":
      return `ROUTE-REFRESH ${message.family} ${message.subtype}`;
    case "keepalive":
      return "KEEPALIVE";
    case "ignored":
      return message.because;
  }
}

function describeRoutes(update: Extract<BgpReceived["message"], { kind: "update" }>): string {
  if (update.endOfRib !== undefined) return `End-of-RIB ${update.endOfRib}`;
  const withdrawn = update.withdrawn.map((prefix) => `-${formatIpPrefix(prefix)}`);
  const announced = update.announced.map((prefix) => `+${formatIpPrefix(prefix)}`);
  return [...withdrawn, ...announced].join(" ");
}

function describeCapability(capability: BgpCapability): string {
  switch (capability.kind) {
    case "multiprotocol":
      return capability.family;
    case "four-byte-asn":
      return `as4=${capability.asn}`;
    case "route-refresh":
      return "refresh";
    case "enhanced-route-refresh":
      return "enhanced-refresh";
    case "extended-next-hop":
      return `${capability.family}-over-${capability.nextHop}`;
    case "graceful-restart": {
      const { restarting, notification, restartTimeSeconds, families } = capability;
      const flags = `${restarting ? "R" : ""}${notification ? "N" : ""}`;
      const kept = families.map(({ family, forwarding }) => `${family}${forwarding ? "+F" : ""}`).join(",");
      return `graceful=${restartTimeSeconds}s${flags}(${kept})`;
    }
    case "unknown":
      return `capability-${capability.code}`;
  }
}
