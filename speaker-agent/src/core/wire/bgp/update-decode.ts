import { type IpPrefix } from "@steelyard/model/address";
import { ByteReader, ok, type Result } from "@steelyard/model/foundation";
import { mergedAsPath } from "./as-path.ts";
import { readAttributes } from "./attribute-list.ts";
import { type AttributeFault } from "./attribute-rules.ts";
import { ATTRIBUTE } from "./attribute-types.ts";
import { refuse } from "./decode-error.ts";
import {
  type BgpDecodeError,
  type BgpPathAttributes,
  type BgpReceived,
  type BgpUpdateMessage,
} from "./messages.ts";
import { NOTIFICATION, UPDATE_ERROR } from "./notification-codes.ts";
import { type FoundAttributes, interpretAttributes } from "./path-attributes.ts";
import { decodePrefixes } from "./prefixes.ts";

/** The plain routes, which are of IPv4. */
interface PlainRoutes {
  readonly withdrawn: readonly IpPrefix[];
  readonly announced: readonly IpPrefix[];
}

/**
 * Length of the withdrawn routes 2, withdrawn routes, length of the path attributes 2, path attributes, announced routes (RFC
 * 4271, section 4.3).
 */
export function decodeUpdate(
  body: Uint8Array,
  options: { readonly fourByteAsn: boolean },
): Result<BgpReceived, BgpDecodeError> {
  const reader = new ByteReader(body);
  const withdrawnBytes = reader.bytes(reader.u16() ?? Number.NaN);
  const attributeBytes = reader.bytes(reader.u16() ?? Number.NaN);
  if (withdrawnBytes === undefined || attributeBytes === undefined)
    return updateError("malformedAttributeList", "the lengths inside an UPDATE exceed the message");
  const withdrawn = decodePrefixes(withdrawnBytes, "IPv4");
  const announced = decodePrefixes(reader.rest(), "IPv4");
  if (withdrawn === undefined || announced === undefined)
    return updateError("invalidNetworkField", "a route in an UPDATE is malformed");
  const list = readAttributes(attributeBytes);
  const found = interpretAttributes(list, options.fourByteAsn);
  if (!found.ok) return found;
  const isBare = withdrawn.length === 0 && announced.length === 0;
  const ending = isBare && endsOneFamily(found.value, attributeBytes.length, list.attributes.length);
  if (ending !== false) return ok({ message: endOfRib(ending), repaired: undefined });
  return received({ withdrawn, announced }, found.value);
}

/** End-of-RIB (RFC 4724, section 2): nothing at all for IPv4, else an MP_UNREACH_NLRI without routes. */
function endsOneFamily(
  { unreach, faults }: FoundAttributes,
  attributeBytes: number,
  attributes: number,
): BgpUpdateMessage["endOfRib"] | false {
  if (attributeBytes === 0) return "IPv4";
  const isEnd = attributes === 1 && faults.length === 0 && unreach?.prefixes.length === 0;
  return isEnd ? unreach.family : false;
}

function endOfRib(family: BgpUpdateMessage["endOfRib"]): BgpUpdateMessage {
  return { kind: "update", withdrawn: [], announced: [], attributes: undefined, endOfRib: family };
}

function received(plain: PlainRoutes, found: FoundAttributes): Result<BgpReceived, BgpDecodeError> {
  const withdrawn = [...plain.withdrawn, ...(found.unreach?.prefixes ?? [])];
  const announced = [...plain.announced, ...(found.reach?.prefixes ?? [])];
  const attributes = announced.length === 0 ? undefined : pathAttributes(plain, found);
  const missing = announced.length === 0 ? undefined : missingAttribute(plain, found);
  const fault = worstOf(missing === undefined ? found.faults : [...found.faults, missing]);
  const repaired = fault && { how: fault.how, because: fault.because };
  const update = { kind: "update", endOfRib: undefined } as const;
  if (fault?.how !== "treat-as-withdraw")
    return ok({ message: { ...update, withdrawn, announced, attributes }, repaired });
  // Without a route that we can see we cannot be sure to have seen all of them (RFC 7606, section 5.2).
  if (announced.length === 0)
    return refuse(NOTIFICATION.update, fault.subcode, fault.because, fault.data.slice());
  const gone = [...withdrawn, ...announced];
  return ok({ message: { ...update, withdrawn: gone, announced: [], attributes: undefined }, repaired });
}

/** Of several faults the gravest decides (RFC 7606, section 3, h). */
function worstOf(faults: readonly AttributeFault[]): AttributeFault | undefined {
  return faults.find(({ how }) => how === "treat-as-withdraw") ?? faults[0];
}

/** Undefined when a mandatory one is missing. */
function pathAttributes(plain: PlainRoutes, found: FoundAttributes): BgpPathAttributes | undefined {
  const { origin, asPath, as4Path = [], localPref, communities = [], largeCommunities = [] } = found;
  const plainNextHop = found.nextHop && { address: found.nextHop };
  const nextHop = plain.announced.length > 0 ? plainNextHop : found.reach?.nextHop;
  if (origin === undefined || asPath === undefined || nextHop === undefined) return undefined;
  return {
    origin,
    asPath: mergedAsPath(asPath, as4Path).flat(),
    nextHop,
    localPref,
    communities: [...communities, ...largeCommunities],
  };
}

/** RFC 4271, section 6.3, with the data it wants: the type. NEXT_HOP is that of plain routes only (RFC 4760, section 3). */
function missingAttribute(plain: PlainRoutes, found: FoundAttributes): AttributeFault | undefined {
  if (found.origin === undefined) return missing("ORIGIN", ATTRIBUTE.origin);
  if (found.asPath === undefined) return missing("AS_PATH", ATTRIBUTE.asPath);
  const needsNextHop = plain.announced.length > 0 && found.nextHop === undefined;
  return needsNextHop ? missing("NEXT_HOP", ATTRIBUTE.nextHop) : undefined;
}

function missing(name: string, type: number): AttributeFault {
  const subcode = UPDATE_ERROR.missingWellKnown;
  return { how: "treat-as-withdraw", because: `${name} is missing`, subcode, data: Uint8Array.of(type) };
}

function updateError(subcode: keyof typeof UPDATE_ERROR, message: string): Result<never, BgpDecodeError> {
  return refuse(NOTIFICATION.update, UPDATE_ERROR[subcode], message);
}
