import { readHalf, readWord } from "../address-bytes.ts";
import { attributeName } from "./attribute-rules.ts";
import { decodeCapabilities } from "./capabilities.ts";
import { describeCapability, describeFamily } from "./describe-capability.ts";
import { type BgpNotificationMessage } from "./messages.ts";
import { CEASE, HEADER_ERROR, NOTIFICATION, OPEN_ERROR, UPDATE_ERROR } from "./notification-codes.ts";
import { decodeShutdownCommunication, printableText } from "./shutdown-communication.ts";

export interface NotificationContext {
  readonly direction: "sent" | "received";
  /** Our AS number as this router sees it. */
  readonly localAsn: number;
  /** What the BGPPeer expects of the router. */
  readonly peerAsn: number | "internal" | "external";
  /** What the router says in its OPEN; undefined = it has not said anything yet. */
  readonly shownAsn: number | undefined;
}

/** What is wrong, said of a message "it"; or a whole sentence, where that says more. */
type Fault = { readonly of: "it"; readonly text: string } | { readonly of: "all"; readonly text: string };

/** Nothing that a router sends makes a sentence longer than this much of its text. */
const LONGEST_TEXT = 200;
/** Shorter data are numbers that look like text. */
const SHORTEST_TEXT = 8;
const SPACE = 0x20;
const DELETE = 0x7f;

/**
 * One sentence, without a full stop, on why a session ended: what the codes of the NOTIFICATION mean (RFC 4271, section 6; 4486,
 * 5492, 6608, 7313, 8203, 8538, 9003, 9234, 9384, 9687) and what its data adds, in terms of the BGPPeer's fields.
 */
export function describeNotification(
  notification: BgpNotificationMessage,
  context: NotificationContext,
): string {
  const { code, subcode, data } = notification;
  if (code === NOTIFICATION.cease && subcode === CEASE.hardReset && data.length >= 2)
    return describeNotification(enclosed(data), context);
  const sentence = sentenceOf(notification, context) ?? unknownReason(notification, context);
  const remark = context.direction === "received" ? remarkOf(notification) : undefined;
  return remark === undefined ? sentence : `${sentence}; it says "${remark}"`;
}

/** The NOTIFICATION inside a hard reset (RFC 8538, section 3.1); one inside that one is not looked for. */
function enclosed(data: Uint8Array): BgpNotificationMessage {
  const [code = 0, subcode = 0] = data;
  const isNested = code === NOTIFICATION.cease && subcode === CEASE.hardReset;
  return { kind: "notification", code, subcode, data: isNested ? new Uint8Array(0) : data.subarray(2) };
}

type Describe = (notification: BgpNotificationMessage, context: NotificationContext) => string | undefined;

const SENTENCES: Readonly<Record<number, Describe>> = {
  [NOTIFICATION.header]: ofMessage(headerFault, {
    received: "the router could not read a message of this node",
    sent: "a message of the router cannot be read",
  }),
  [NOTIFICATION.open]: ofMessage(openFault, {
    received: "the router refused this node's OPEN",
    sent: "the router's OPEN was refused",
  }),
  [NOTIFICATION.update]: ofMessage(updateFault, {
    received: "the router cannot use an UPDATE of this node",
    sent: "an UPDATE of the router cannot be used",
  }),
  [NOTIFICATION.routeRefresh]: ofMessage(
    ({ subcode }) => (subcode === 1 ? it("its length is impossible") : undefined),
    {
      received: "the router cannot use a ROUTE-REFRESH of this node",
      sent: "a ROUTE-REFRESH of the router cannot be used",
    },
  ),
  [NOTIFICATION.holdTimerExpired]: (_, { direction }) =>
    direction === "received"
      ? "the router heard nothing from this node for the hold time"
      : "nothing was heard from the router for the hold time",
  [NOTIFICATION.stateMachine]: stateMachineSentence,
  [NOTIFICATION.cease]: ceaseSentence,
  [NOTIFICATION.sendHoldTimerExpired]: (_, { direction }) =>
    direction === "received"
      ? "this node took nothing from the router for the router's send hold time"
      : "the router took nothing from this node for the send hold time",
};

function sentenceOf(notification: BgpNotificationMessage, context: NotificationContext): string | undefined {
  return SENTENCES[notification.code]?.(notification, context);
}

function ofMessage(
  faultOf: (notification: BgpNotificationMessage, context: NotificationContext) => Fault | undefined,
  subject: Readonly<Record<NotificationContext["direction"], string>>,
): Describe {
  return (notification, context) => {
    const fault = faultOf(notification, context);
    if (fault?.of === "all") return fault.text;
    const text = fault?.text ?? (notification.subcode === 0 ? "it is malformed" : undefined);
    const unknown = `for a reason with the number ${notification.code}/${notification.subcode}, which is not known here`;
    return text === undefined
      ? `${subject[context.direction]}, ${unknown}`
      : `${subject[context.direction]}: ${text}`;
  };
}

function it(text: string): Fault {
  return { of: "it", text };
}

function all(text: string): Fault {
  return { of: "all", text };
}

function headerFault({ subcode, data }: BgpNotificationMessage): Fault | undefined {
  switch (subcode) {
    case HEADER_ERROR.notSynchronized:
      return it("it does not begin with the marker");
    case HEADER_ERROR.badLength:
      return it(
        data.length === 2
          ? `its length of ${readHalf(data, 0)} bytes is impossible`
          : "its length is impossible",
      );
    case HEADER_ERROR.badType:
      return it(data.length === 1 ? `its type ${data[0]} is not known` : "its type is not known");
    default:
      return undefined;
  }
}

function openFault(
  { subcode, data }: BgpNotificationMessage,
  context: NotificationContext,
): Fault | undefined {
  const isOurs = context.direction === "received";
  switch (subcode) {
    case OPEN_ERROR.unsupportedVersion:
      return it(spokenVersion(data));
    case OPEN_ERROR.badPeerAs:
      return all(isOurs ? refusedAs(context) : unexpectedAs(context));
    case OPEN_ERROR.badIdentifier:
      return it(
        isOurs
          ? "the router ID (routerID) is the router's own, or none"
          : "its router ID is this node's own, or none",
      );
    case OPEN_ERROR.unsupportedParameter:
      return it("it has an optional parameter that is not known");
    case OPEN_ERROR.authenticationFailure:
      return it("the authentication failed");
    case OPEN_ERROR.unacceptableHoldTime:
      return it(isOurs ? "the hold time (holdTime) is not acceptable" : "its hold time is not acceptable");
    case OPEN_ERROR.unsupportedCapability:
      return all(missingCapabilities(data, context));
    case OPEN_ERROR.roleMismatch:
      return it("the BGP roles of the two do not fit");
    default:
      return undefined;
  }
}

/** Two bytes; BIRD 2 has them the wrong way round, and OpenBGPD only one of them. */
function spokenVersion(data: Uint8Array): string {
  const version = data.length > 2 ? 0 : data.reduce((sum, byte) => sum + byte, 0);
  return version === 0 ? "its BGP version is not spoken" : `only BGP version ${version} is spoken`;
}

function refusedAs({ localAsn }: NotificationContext): string {
  return `the router refused AS ${localAsn}, which myASN (or localASN) names: it expects another AS from this node`;
}

function unexpectedAs({ localAsn, peerAsn, shownAsn }: NotificationContext): string {
  const shown =
    shownAsn === undefined ? "the router's AS number is another" : `the router says it is AS ${shownAsn}`;
  if (peerAsn === "internal")
    return `${shown}, the BGPPeer expects this node's own, ${localAsn} (dynamicASN: internal)`;
  if (peerAsn === "external")
    return `${shown}, the BGPPeer expects another than this node's own, ${localAsn} (dynamicASN: external)`;
  return `${shown}, the BGPPeer expects ${peerAsn}`;
}

/** The data are the capabilities that should have been there (RFC 5492, section 3). */
function missingCapabilities(data: Uint8Array, { direction }: NotificationContext): string {
  const names = [...new Set((decodeCapabilities(data) ?? []).map(describeCapability))];
  const wanted = names.length === 0 ? "a capability, and does not say which" : names.join(", ");
  const missing =
    names.length === 0 ? "what this session needs" : `what this session needs: ${names.join(", ")}`;
  return direction === "received"
    ? `the router wants of this node what it does not offer: ${wanted}`
    : `the router does not offer ${missing}`;
}

function updateFault({ subcode, data }: BgpNotificationMessage): Fault | undefined {
  const attribute = data.length >= 2 ? attributeName(data[1] ?? 0) : "a path attribute";
  switch (subcode) {
    case UPDATE_ERROR.malformedAttributeList:
      return it("the list of path attributes is malformed");
    case UPDATE_ERROR.unrecognizedWellKnown:
      return it(`${attribute} is said to be well known, and is not known`);
    case UPDATE_ERROR.missingWellKnown:
      return it(`${data.length === 1 ? attributeName(data[0] ?? 0) : "a path attribute"} is missing`);
    case UPDATE_ERROR.attributeFlags:
      return it(`the flags of ${attribute} are wrong`);
    case UPDATE_ERROR.attributeLength:
      return it(`the length of ${attribute} is wrong`);
    case UPDATE_ERROR.invalidOrigin:
      return it("ORIGIN has an impossible value");
    case UPDATE_ERROR.routingLoop:
      return it("the path is a loop");
    case UPDATE_ERROR.invalidNextHop:
      return it("NEXT_HOP is no usable address");
    case UPDATE_ERROR.optionalAttribute:
      return it(`${attribute} is malformed`);
    case UPDATE_ERROR.invalidNetworkField:
      return it("a route is malformed");
    case UPDATE_ERROR.malformedAsPath:
      return it("AS_PATH is malformed");
    default:
      return undefined;
  }
}

const STATES = ["OpenSent", "OpenConfirm", "Established"];

/** The subcode is the state in which the message came (RFC 6608), for whom it was unexpected. */
function stateMachineSentence(
  { subcode }: BgpNotificationMessage,
  { direction }: NotificationContext,
): string {
  const state = STATES[subcode - 1];
  const when = state === undefined ? "" : ` in state ${state}`;
  return direction === "received"
    ? `this node sent a message that the router did not expect${when}`
    : `the router sent a message that was not expected${when}`;
}

interface CeaseReason {
  readonly received: string;
  readonly sent: string;
}

const CEASE_REASONS: Readonly<Record<number, CeaseReason>> = {
  0: { received: "the router ended the session and did not say why", sent: "this node ended the session" },
  [CEASE.administrativeShutdown]: {
    received: "the router's administrator shut the session down",
    sent: "this node shut the session down",
  },
  [CEASE.peerDeconfigured]: {
    received: "the router's configuration does not name this node any more, or its BGP is being stopped",
    sent: "the BGPPeer is gone, or does not select this node any more",
  },
  [CEASE.administrativeReset]: {
    received: "the router's administrator reset the session",
    sent: "this node reset the session",
  },
  [CEASE.connectionRejected]: {
    received: "the router rejected the connection: its configuration does not want this node now",
    sent: "the router's connection was rejected",
  },
  [CEASE.otherConfigurationChange]: {
    received: "the router's configuration of this session changed",
    sent: "the configuration of this session changed",
  },
  [CEASE.connectionCollision]: {
    received: "both sides connected at the same time, and the router kept the other connection",
    sent: "both sides connected at the same time, and the other connection was kept",
  },
  [CEASE.outOfResources]: {
    received: "the router is out of resources",
    sent: "this node is out of resources",
  },
  [CEASE.hardReset]: { received: "the router reset the session", sent: "this node reset the session" },
  [CEASE.bfdDown]: {
    received: "the router ended the session because BFD is down",
    sent: "this node ended the session because BFD is down",
  },
};

function ceaseSentence(
  { subcode, data }: BgpNotificationMessage,
  { direction }: NotificationContext,
): string | undefined {
  if (subcode === CEASE.maximumPrefixes) return tooManyRoutes(data, direction);
  return CEASE_REASONS[subcode]?.[direction];
}

/** The data may be AFI 2, SAFI 1 and the bound 4 (RFC 4486, section 4). */
function tooManyRoutes(data: Uint8Array, direction: NotificationContext["direction"]): string {
  const bound = data.length === 7 ? readWord(data, 3) : undefined;
  const family = data.length === 7 ? ` of ${describeFamily(readHalf(data, 0), data[2] ?? 0)}` : "";
  const limit = bound === undefined ? "more routes than its limit" : `more than its limit of ${bound} routes`;
  return direction === "received"
    ? `the router got ${limit}${family} from this node`
    : `the router announced too many routes${family}`;
}

function unknownReason(
  { code, subcode }: BgpNotificationMessage,
  { direction }: NotificationContext,
): string {
  const who = direction === "received" ? "the router" : "this node";
  return `${who} ended the session for a reason with the number ${code}/${subcode}, which is not known here`;
}

/**
 * The administrator's words of RFC 8203, or text where the protocol has no data, or data of numbers: some routers put their own
 * message there.
 */
function remarkOf({ code, subcode, data }: BgpNotificationMessage): string | undefined {
  const isShutdown = subcode === CEASE.administrativeShutdown || subcode === CEASE.administrativeReset;
  if (code === NOTIFICATION.cease && isShutdown) return decodeShutdownCommunication(data);
  if (data.length < SHORTEST_TEXT) return undefined;
  const isText = !data.some((byte) => byte < SPACE || byte === DELETE);
  if (!isText) return undefined;
  return [...(printableText(data) ?? "")].slice(0, LONGEST_TEXT).join("") || undefined;
}
