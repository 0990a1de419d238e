import { ADDRESS_BITS, formatIpAddress, type IpAddress, parseIpAddress } from "../../address/index.ts";
import { type JsonObject } from "../../foundation/index.ts";
import { TTL_SECURITY_ANNOTATION } from "../../resources/index.ts";
import { DEFAULTS, LIMITS } from "../defaults.ts";
import { type DraftSource } from "../drafts.ts";
import { type Findings } from "../findings.ts";
import { whyNotInterfaceName } from "../interface-name.ts";
import { type ObjectHead } from "../object-head.ts";
import { fieldOf, readBoolean, readNumber, readObject, readText, type RawField } from "../raw-fields.ts";
import { readSelectors } from "../selectors.ts";
import { readConnectTime, readTimers } from "./peer-timers.ts";
import { type BfdProfile, type BgpEndpoint, type BgpPassword, type BgpPeer } from "./types.ts";

export interface BgpPeerDraft {
  readonly source: DraftSource;
  /** Its BFDProfile is what the name stood for last. */
  readonly peer: BgpPeer;
  /** The name of the BFDProfile. */
  readonly bfdProfile: string | undefined;
}

/** The fields of one spec, each readable by its name. */
interface Spec {
  readonly at: (key: string) => RawField;
  readonly text: (key: string) => string | undefined;
  readonly findings: Findings;
}

/**
 * Parses one BGPPeer by itself, of either version: they spell their fields alike, and an absent timer stays absent
 * (reference metallb.md, sections 1.4 and 2.3; quirk 4). `disableMP` has no effect.
 */
export function readBgpPeer(head: ObjectHead, spec: RawField, findings: Findings): BgpPeerDraft {
  const fields = specOf(readObject(spec, findings), spec.path, findings);
  const flag = (key: "enableGracefulRestart" | "ebgpMultiHop" | "dualStackAddressFamily"): boolean =>
    readBoolean(fields.at(key), DEFAULTS.bgpPeer[key], findings);
  const endpoint = readEndpoint(fields);
  const peer: BgpPeer = {
    name: head.name,
    ...readAsNumbers(fields),
    endpoint,
    // Zero is how v1beta1 spells the default.
    port: readNumber(fields.at("peerPort"), LIMITS.bgpPeer.port, findings) || DEFAULTS.bgpPeer.port,
    sourceAddress: readSource(fields, endpoint),
    timers: readTimers(fields.at("holdTime"), fields.at("keepaliveTime"), findings),
    connectTimeSeconds: readConnectTime(fields.at("connectTime"), findings),
    routerId: readRouterId(fields),
    nodeSelectors: readSelectors(fields.at("nodeSelectors"), findings),
    password: readPassword(fields),
    bfd: undefined,
    gracefulRestart: flag("enableGracefulRestart"),
    ebgpMultiHop: flag("ebgpMultiHop"),
    ttlSecurity: readTtlSecurity(head, findings),
    vrf: readDevice(fields, "vrf"),
    dualStackAddressFamily: flag("dualStackAddressFamily"),
  };
  refuseMultiHopWithin(peer, fields);
  return { source: head, peer, bfdProfile: fields.text("bfdProfile") };
}

/** A slip in it must not cost the session, which MetalLB would hold all the same. */
function readTtlSecurity({ annotations }: ObjectHead, findings: Findings): number | undefined {
  const text = annotations[TTL_SECURITY_ANNOTATION];
  if (text === undefined) return undefined;
  const { lowest, highest } = LIMITS.bgpPeer.ttlSecurity;
  const hops = /^[0-9]{1,3}$/.test(text) ? Number(text) : 0;
  if (hops >= lowest && hops <= highest) return hops;
  const expected = `must be a number of hops from ${lowest} to ${highest}, not ${JSON.stringify(text)}`;
  const path = `metadata.annotations["${TTL_SECURITY_ANNOTATION}"]`;
  findings.note({ kind: "wrong", path, message: `the annotation has no effect: ${expected}` });
  return undefined;
}

/** The draft with the profile of now; one that is gone goes on meaning what it meant in `last`. */
export function withProfile(
  draft: BgpPeerDraft,
  profiles: ReadonlyMap<string, BfdProfile>,
  last: BgpPeerDraft | undefined,
): BgpPeerDraft {
  const { bfdProfile } = draft;
  const known = last?.bfdProfile === bfdProfile ? last?.peer.bfd : undefined;
  const bfd = bfdProfile === undefined ? undefined : (profiles.get(bfdProfile) ?? known);
  return { ...draft, peer: { ...draft.peer, bfd } };
}

/** Address or interface, as MetalLB's messages and FRR's configuration name a peer. */
export function peerIdentifier({ endpoint, vrf }: BgpPeer): string {
  const where = endpoint.by === "address" ? formatIpAddress(endpoint.address) : endpoint.interface;
  return vrf === undefined ? where : `${where}-${vrf}`;
}

function specOf(object: JsonObject, path: string, findings: Findings): Spec {
  const at = (key: string): RawField => fieldOf(object, key, path);
  return { at, text: (key) => readText(at(key), findings), findings };
}

function readAsNumbers(fields: Spec): Pick<BgpPeer, "myAsn" | "peerAsn" | "localAsn"> {
  const { at, findings } = fields;
  const { asn, localAsn } = LIMITS.bgpPeer;
  const myAsn = readNumber(at("myASN"), asn, findings);
  if (myAsn === undefined || myAsn === 0) findings.refuse(at("myASN").path, "missing local ASN");
  return {
    myAsn: myAsn ?? 0,
    peerAsn: readPeerAsn(fields),
    localAsn: readNumber(at("localASN"), localAsn, findings),
  };
}

function readPeerAsn({ at, text, findings }: Spec): BgpPeer["peerAsn"] {
  const dynamic = text("dynamicASN");
  const fixed = readNumber(at("peerASN"), LIMITS.bgpPeer.asn, findings) ?? 0;
  if (dynamic !== undefined && dynamic !== "internal" && dynamic !== "external") {
    findings.refuse(
      at("dynamicASN").path,
      `invalid dynamic ASN ${JSON.stringify(dynamic)}: internal or external`,
    );
    return 0;
  }
  if (dynamic === undefined && fixed === 0) {
    findings.refuse(at("peerASN").path, "missing peer ASN or dynamic ASN");
  }
  if (dynamic !== undefined && fixed !== 0) {
    findings.refuse(
      at("dynamicASN").path,
      "both peer ASN and dynamic ASN are specified: only one of them can be",
    );
  }
  return dynamic ?? fixed;
}

function readEndpoint(fields: Spec): BgpEndpoint {
  const { at, text, findings } = fields;
  const address = text("peerAddress");
  const device = readDevice(fields, "interface");
  if (address !== undefined && device !== undefined) {
    findings.refuse(
      at("interface").path,
      "both peerAddress and interface are specified: only one of them can be",
    );
  }
  if (address === undefined && device !== undefined) return { by: "interface", interface: device };
  const parsed = parseIpAddress(address ?? "");
  // Without either of them, an interface that cannot be is the fault, and it has been named.
  if (!parsed.ok && (address !== undefined || at("interface").value === undefined)) {
    const what =
      address === undefined ? "neither peerAddress nor interface is specified" : parsed.error.message;
    findings.refuse(at("peerAddress").path, `invalid BGPPeer address: ${what}`);
  }
  if (!parsed.ok) return { by: "interface", interface: "" };
  const problem = whyNoRouterAt(parsed.value);
  if (problem !== undefined)
    findings.refuse(at("peerAddress").path, `invalid BGPPeer address: ${address} ${problem}`);
  return { by: "address", address: parsed.value };
}

const MULTICAST = { IPv4: { bits: 4, value: 0xen }, IPv6: { bits: 8, value: 0xffn } } as const;
const LINK_LOCAL_IPV6 = { bits: 10, value: 0xfe80n >> 6n } as const;

/** MetalLB takes these addresses too, and no session ever comes up. */
function whyNoRouterAt(address: IpAddress): string | undefined {
  if (address.value === 0n) return "is no address of a router";
  if (beginsWith(address, MULTICAST[address.family])) return "is a multicast address";
  if (address.family === "IPv6" && beginsWith(address, LINK_LOCAL_IPV6)) {
    return "is link-local, which takes an interface: spec.interface says where the router is";
  }
  return undefined;
}

function beginsWith(
  { family, value }: IpAddress,
  head: { readonly bits: number; readonly value: bigint },
): boolean {
  return value >> BigInt(ADDRESS_BITS[family] - head.bits) === head.value;
}

function readSource(fields: Spec, endpoint: BgpEndpoint): IpAddress | undefined {
  const source = readAddress(fields, "sourceAddress");
  if (!source || endpoint.by !== "address" || endpoint.address.family === source.family) return source;
  const families = `the source is ${source.family}, the router ${endpoint.address.family}`;
  fields.findings.refuse(fields.at("sourceAddress").path, `invalid source address: ${families}`);
  return undefined;
}

/** MetalLB takes any address; in an OPEN message there is room for four bytes that are not all zero (RFC 6286). */
function readRouterId(fields: Spec): IpAddress | undefined {
  const id = readAddress(fields, "routerID");
  if (!id || (id.family === "IPv4" && id.value !== 0n)) return id;
  const text = JSON.stringify(formatIpAddress(id));
  fields.findings.refuse(
    fields.at("routerID").path,
    `invalid routerID ${text}: must be IPv4 and not 0.0.0.0`,
  );
  return undefined;
}

function readAddress({ at, text, findings }: Spec, key: "sourceAddress" | "routerID"): IpAddress | undefined {
  const value = text(key);
  if (value === undefined) return undefined;
  const parsed = parseIpAddress(value);
  if (parsed.ok) return parsed.value;
  const what = key === "routerID" ? "routerID" : "source address";
  findings.refuse(at(key).path, `invalid ${what}: ${parsed.error.message}`);
  return undefined;
}

/** The name of a network device. */
function readDevice({ at, text, findings }: Spec, key: "interface" | "vrf"): string | undefined {
  const name = text(key);
  const problem = name === undefined ? undefined : whyNotInterfaceName(name);
  if (problem === undefined) return name;
  findings.refuse(at(key).path, problem);
  return undefined;
}

function readPassword({ at, text, findings }: Spec): BgpPassword | undefined {
  const plain = text("password");
  const secret = at("passwordSecret");
  // The namespace is not looked at (quirk 37).
  const name = readText(fieldOf(readObject(secret, findings), "name", secret.path), findings);
  if (plain !== undefined && name !== undefined) {
    findings.refuse(secret.path, "both password and passwordSecret are specified: only one of them can be");
  }
  if (name !== undefined) return { from: "secret", name };
  return plain === undefined ? undefined : { from: "spec", text: plain };
}

function refuseMultiHopWithin({ ebgpMultiHop, myAsn, peerAsn }: BgpPeer, { at, findings }: Spec): void {
  if (!ebgpMultiHop || myAsn !== peerAsn || myAsn === 0) return;
  findings.refuse(at("ebgpMultiHop").path, "invalid EBGP peer multihop: local and peer ASN are the same");
}
