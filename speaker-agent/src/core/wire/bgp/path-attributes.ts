import { type IpAddress } from "@steelyard/model/address";
import { type BgpCommunity } from "@steelyard/model/config";
import { type Err, ok, type Result } from "@steelyard/model/foundation";
import { readIpv4, readWord } from "../address-bytes.ts";
import { type AsPathStep, decodeAsPath } from "./as-path.ts";
import { type AttributeList, type RawAttribute } from "./attribute-list.ts";
import { type AttributeFault, headFault, isUnknownWellKnown } from "./attribute-rules.ts";
import { ATTRIBUTE } from "./attribute-types.ts";
import { decodeCommunities, decodeLargeCommunities } from "./community-attributes.ts";
import { refuse } from "./decode-error.ts";
import { type BgpDecodeError, type BgpPathAttributes } from "./messages.ts";
import { decodeReach, decodeUnreach, type Reach, type Unreach } from "./multiprotocol-attributes.ts";
import { NOTIFICATION, UPDATE_ERROR } from "./notification-codes.ts";

const ORIGINS: readonly BgpPathAttributes["origin"][] = ["igp", "egp", "incomplete"];

/** What the attributes of one UPDATE say, as far as anybody looks at it. */
export interface FoundAttributes {
  origin?: BgpPathAttributes["origin"];
  asPath?: readonly AsPathStep[];
  as4Path?: readonly AsPathStep[];
  nextHop?: IpAddress;
  localPref?: number;
  communities?: readonly BgpCommunity[];
  largeCommunities?: readonly BgpCommunity[];
  reach?: Reach;
  unreach?: Unreach;
  readonly faults: AttributeFault[];
}

/** Reads the attributes by RFC 7606: what can be passed over is a fault in the result, the rest ends the session. */
export function interpretAttributes(
  { attributes, broken }: AttributeList,
  fourByteAsn: boolean,
): Result<FoundAttributes, BgpDecodeError> {
  const found: FoundAttributes = { faults: [] };
  const seen = new Set<number>();
  for (const attribute of attributes) {
    const end = seen.has(attribute.type)
      ? takeDuplicate(found, attribute)
      : takeFirst(found, attribute, fourByteAsn);
    if (end !== undefined) return end;
    seen.add(attribute.type);
  }
  if (broken) {
    const because = "the lengths of the path attributes contradict each other";
    const subcode = UPDATE_ERROR.malformedAttributeList;
    found.faults.push({ how: "treat-as-withdraw", because, subcode, data: new Uint8Array(0) });
  }
  return ok(found);
}

/** The first one counts; of the two that hold routes there cannot be a second (RFC 7606, section 3, g). */
function takeDuplicate(
  found: FoundAttributes,
  { type, whole }: RawAttribute,
): Err<BgpDecodeError> | undefined {
  const because = `path attribute ${type} is there twice`;
  const subcode = UPDATE_ERROR.malformedAttributeList;
  if (type === ATTRIBUTE.mpReach || type === ATTRIBUTE.mpUnreach)
    return refuse(NOTIFICATION.update, subcode, because);
  found.faults.push({ how: "attribute-discard", because, subcode, data: whole });
  return undefined;
}

function takeFirst(
  found: FoundAttributes,
  attribute: RawAttribute,
  fourByteAsn: boolean,
): Err<BgpDecodeError> | undefined {
  const { type, whole } = attribute;
  if (isUnknownWellKnown(attribute)) {
    const because = `path attribute ${type} is said to be well known, and is not`;
    return refuse(NOTIFICATION.update, UPDATE_ERROR.unrecognizedWellKnown, because, whole.slice());
  }
  // Who knows numbers of four bytes does not send these, and they are dropped unseen (RFC 6793, section 6).
  if (fourByteAsn && (type === ATTRIBUTE.as4Path || type === ATTRIBUTE.as4Aggregator)) return undefined;
  const fault = headFault(attribute);
  if (fault !== undefined) found.faults.push(fault);
  if (type === ATTRIBUTE.mpReach || type === ATTRIBUTE.mpUnreach) return takeRoutes(found, attribute);
  const second = fault === undefined ? takeValue(found, attribute, fourByteAsn) : undefined;
  if (second !== undefined) found.faults.push(second);
  return undefined;
}

/** Routes that cannot be read cannot be withdrawn either: the session ends (RFC 7606, sections 3, j, and 5.3). */
function takeRoutes(
  found: FoundAttributes,
  { type, value, whole }: RawAttribute,
): Err<BgpDecodeError> | undefined {
  const routes = type === ATTRIBUTE.mpReach ? decodeReach(value) : decodeUnreach(value);
  if (routes === undefined) {
    const name = type === ATTRIBUTE.mpReach ? "MP_REACH_NLRI" : "MP_UNREACH_NLRI";
    const because = `the routes in ${name} are malformed`;
    return refuse(NOTIFICATION.update, UPDATE_ERROR.optionalAttribute, because, whole.slice());
  }
  if (routes.kind === "reach") found.reach = routes;
  else if (routes.kind === "unreach") found.unreach = routes;
  return undefined;
}

/** Takes a value of the right length in; those that nobody looks at were checked by their heads. */
function takeValue(
  found: FoundAttributes,
  { type, value, whole }: RawAttribute,
  fourByteAsn: boolean,
): AttributeFault | undefined {
  switch (type) {
    case ATTRIBUTE.origin:
      return takeOrigin(found, value, whole);
    case ATTRIBUTE.asPath:
      return takeAsPath(found, decodeAsPath(value, fourByteAsn ? 4 : 2));
    case ATTRIBUTE.as4Path:
      return takeAs4Path(found, decodeAsPath(value, 4), whole);
    case ATTRIBUTE.nextHop:
      found.nextHop = readIpv4(value, 0);
      return undefined;
    case ATTRIBUTE.localPref:
      found.localPref = readWord(value, 0);
      return undefined;
    case ATTRIBUTE.communities:
      found.communities = decodeCommunities(value);
      return undefined;
    case ATTRIBUTE.largeCommunities:
      found.largeCommunities = decodeLargeCommunities(value);
      return undefined;
    default:
      return undefined;
  }
}

function takeOrigin(
  found: FoundAttributes,
  value: Uint8Array,
  whole: Uint8Array,
): AttributeFault | undefined {
  const origin = ORIGINS[value[0] ?? ORIGINS.length];
  if (origin !== undefined) {
    found.origin = origin;
    return undefined;
  }
  const because = `${value[0]} is no value of ORIGIN`;
  return { how: "treat-as-withdraw", because, subcode: UPDATE_ERROR.invalidOrigin, data: whole };
}

function takeAsPath(
  found: FoundAttributes,
  steps: readonly AsPathStep[] | undefined,
): AttributeFault | undefined {
  if (steps !== undefined) {
    found.asPath = steps;
    return undefined;
  }
  const subcode = UPDATE_ERROR.malformedAsPath;
  return { how: "treat-as-withdraw", because: "AS_PATH is malformed", subcode, data: new Uint8Array(0) };
}

function takeAs4Path(
  found: FoundAttributes,
  steps: readonly AsPathStep[] | undefined,
  whole: Uint8Array,
): AttributeFault | undefined {
  if (steps !== undefined) {
    found.as4Path = steps;
    return undefined;
  }
  const subcode = UPDATE_ERROR.optionalAttribute;
  return { how: "attribute-discard", because: "AS4_PATH is malformed", subcode, data: whole };
}
