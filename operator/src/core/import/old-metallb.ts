import { type JsonObject, type LabelSelector, parseLabelSelector } from "@steelyard/model/foundation";
import { asEntries, readRange } from "./address-entries.ts";
import { Fields } from "./fields.ts";
import { type ForeignObject } from "./foreign-object.ts";
import { type MetallbObjects, seconds } from "./metallb-objects.ts";

const configKeys = /^(peers|address-pools|bgp-communities|bfd-profiles):/m;

/** The ConfigMap of MetalLB before 0.13: one text of YAML under the key `config` (reference metallb.md, section 0). */
export function isOfOldMetallb(data: JsonObject): data is JsonObject & { readonly config: string } {
  return typeof data["config"] === "string" && configKeys.test(data["config"]);
}

export function importOldMetallb(from: ForeignObject, config: unknown, made: MetallbObjects): void {
  const fields = new Fields(config, "data.config", from);
  importCommunities(from, fields, made);
  for (const profile of fields.each("bfd-profiles")) importProfile(from, profile, made);
  for (const [index, peer] of fields.each("peers").entries()) importPeer(from, peer, index + 1, made);
  for (const pool of fields.each("address-pools")) importPool(from, pool, made);
  fields.end();
}

function importCommunities(from: ForeignObject, fields: Fields, made: MetallbObjects): void {
  const communities = fields.entries("bgp-communities").map(([name, value]) => {
    if (typeof value !== "string")
      from.refuse(`${fields.pathOf("bgp-communities")}.${name}`, 'must be a text, such as "65535:65281"');
    return { name, value };
  });
  if (communities.length > 0) made.add(from, "Community", "communities", { communities });
}

function importProfile(from: ForeignObject, profile: Fields, made: MetallbObjects): void {
  made.add(from, "BFDProfile", profile.requiredText("name"), {
    receiveInterval: profile.number("receive-interval"),
    transmitInterval: profile.number("transmit-interval"),
    detectMultiplier: profile.number("detect-multiplier"),
    echoInterval: profile.number("echo-interval"),
    echoMode: profile.flag("echo-mode"),
    passiveMode: profile.flag("passive-mode"),
    minimumTtl: profile.number("minimum-ttl"),
  });
  profile.end();
}

function importPeer(from: ForeignObject, peer: Fields, number: number, made: MetallbObjects): void {
  made.add(from, "BGPPeer", `peer-${number}`, {
    myASN: requiredNumber(peer, "my-asn"),
    peerASN: requiredNumber(peer, "peer-asn"),
    peerAddress: peer.requiredText("peer-address"),
    peerPort: peer.number("peer-port"),
    sourceAddress: peer.text("source-address"),
    holdTime: duration(peer, "hold-time"),
    keepaliveTime: duration(peer, "keepalive-time"),
    routerID: peer.text("router-id"),
    nodeSelectors: peer.each("node-selectors").map((selector) => readSelector(selector)),
    password: peer.text("password"),
    bfdProfile: peer.text("bfd-profile"),
    ebgpMultiHop: peer.flag("ebgp-multihop"),
  });
  if (peer.has("password"))
    from.hint(
      `peer-${number}: a Secret of type kubernetes.io/basic-auth, named in passwordSecret, is the better place`,
    );
  peer.end();
}

function requiredNumber(fields: Fields, key: string): number | undefined {
  const number = fields.number(key);
  if (number === undefined && !fields.has(key)) fields.refuse(key, "is required");
  return number;
}

/** The first releases counted in seconds. */
function duration(fields: Fields, key: string): string | undefined {
  const value = fields.raw(key);
  if (typeof value === "number") return seconds(value);
  return fields.text(key);
}

function readSelector(selector: Fields): LabelSelector {
  const matchLabels = Object.fromEntries(selector.entries("match-labels"));
  const matchExpressions = selector.each("match-expressions").map((expression) => {
    const read = {
      key: expression.requiredText("key"),
      operator: expression.requiredText("operator"),
      values: expression.texts("values"),
    };
    expression.end();
    return read;
  });
  selector.end();
  const parsed = parseLabelSelector({ matchLabels, matchExpressions });
  if (parsed.ok) return parsed.value;
  selector.refuseWhole(parsed.error);
  return {};
}

function importPool(from: ForeignObject, pool: Fields, made: MetallbObjects): void {
  const addresses = pool.has("addresses") ? "addresses" : "cidr";
  const ranges = pool.texts(addresses).flatMap((text, index) => {
    const options = { path: `${pool.pathOf(addresses)}[${index}]`, refuse: from.refuse.bind(from) };
    const range = readRange(text, options);
    return range ? [range] : [];
  });
  if (!pool.has(addresses)) pool.refuse("addresses", "is required");
  const name = made.add(from, "IPAddressPool", pool.requiredText("name"), {
    addresses: asEntries(ranges),
    autoAssign: pool.flag("auto-assign"),
    avoidBuggyIPs: pool.flag("avoid-buggy-ips"),
  });
  pool.drop("arp-network", "an address is announced wherever its subnet is");
  announcePool(from, pool, name, made);
  pool.end();
}

function announcePool(from: ForeignObject, pool: Fields, name: string, made: MetallbObjects): void {
  const protocol = pool.requiredText("protocol");
  const given = pool.each("bgp-advertisements");
  if (protocol === "bgp") return announceByBgp(from, given, name, made);
  // "arp" and "ndp" are what it was called in the first releases.
  if (!["layer2", "arp", "ndp", ""].includes(protocol))
    pool.refuse("protocol", `must be layer2 or bgp, not ${JSON.stringify(protocol)}`);
  if (given.length > 0) pool.lose("bgp-advertisements", `has no effect with protocol ${protocol}`);
  made.add(from, "L2Advertisement", name, { ipAddressPools: [name] });
}

function announceByBgp(
  from: ForeignObject,
  given: readonly Fields[],
  pool: string,
  made: MetallbObjects,
): void {
  if (given.length === 0) made.add(from, "BGPAdvertisement", pool, { ipAddressPools: [pool] });
  for (const [index, one] of given.entries()) {
    made.add(from, "BGPAdvertisement", given.length === 1 ? pool : `${pool}-${index + 1}`, {
      ipAddressPools: [pool],
      aggregationLength: one.number("aggregation-length"),
      aggregationLengthV6: one.number("aggregation-length-v6"),
      localPref: one.number("localpref"),
      communities: one.texts("communities"),
      peers: one.texts("peers"),
    });
    one.end();
  }
}
