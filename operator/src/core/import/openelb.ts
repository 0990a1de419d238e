import { asEntries, readRange } from "./address-entries.ts";
import { type Fields } from "./fields.ts";
import { type ForeignObject } from "./foreign-object.ts";
import { type MetallbObjects, selectorList } from "./metallb-objects.ts";

const defaultAnnotations = [
  "eip.openelb.kubesphere.io/is-default-eip",
  "eip.porter.kubesphere.io/is-default-eip",
];
/** The only BgpConf that counts. */
const onlyConf = "default";
const viaAddress = /^can_reach:/;

/** Imports Eips, the BgpConf and BgpPeers of OpenELB. @returns the objects it knows */
export function importOpenElb(
  objects: readonly ForeignObject[],
  made: MetallbObjects,
): readonly ForeignObject[] {
  const ours = objects.filter(({ group }) => group === "network.kubesphere.io");
  const of = (kind: string): readonly ForeignObject[] => ours.filter((object) => object.kind === kind);
  const eips = of("Eip");
  const hasDefault = eips.some(isDefault);
  for (const eip of eips) importEip(eip, hasDefault, made);
  const conf = of("BgpConf")
    .map(readConf)
    .find((one) => one !== undefined);
  for (const peer of of("BgpPeer")) importPeer(peer, conf, made);
  return [...eips, ...of("BgpConf"), ...of("BgpPeer")];
}

function isDefault({ annotations }: ForeignObject): boolean {
  return defaultAnnotations.some((name) => annotations[name] === "true");
}

function importEip(from: ForeignObject, hasDefault: boolean, made: MetallbObjects): void {
  const spec = from.spec();
  const range = readRange(spec.requiredText("address"), {
    path: "spec.address",
    refuse: from.refuse.bind(from),
  });
  const protocol = spec.text("protocol") ?? "bgp";
  const interfaces = readInterfaces(spec, protocol);
  const serviceAllocation = readAllocation(spec);
  const isClosed = isNotGivenOut(from, spec, { hasDefault, isPinned: serviceAllocation !== undefined });
  spec.pass("usingKnownIPs");
  spec.end();
  if (range === undefined) return;
  const pool = made.add(from, "IPAddressPool", from.name, {
    addresses: asEntries([range]),
    autoAssign: isClosed ? false : undefined,
    serviceAllocation,
  });
  if (protocol === "bgp") return void made.add(from, "BGPAdvertisement", pool, { ipAddressPools: [pool] });
  if (protocol === "vip") from.hint("what OpenELB leaves to keepalived the agents do themselves, by ARP");
  made.add(from, "L2Advertisement", pool, { ipAddressPools: [pool], interfaces });
}

function readInterfaces(spec: Fields, protocol: string): readonly string[] {
  if (!["bgp", "layer2", "vip"].includes(protocol))
    spec.refuse("protocol", `must be bgp, layer2 or vip, not ${JSON.stringify(protocol)}`);
  const name = spec.text("interface");
  if (name === undefined) return [];
  if (!viaAddress.test(name)) return [name];
  spec.lose("interface", "an interface is chosen by name; without one it is that of the address's subnet");
  return [];
}

function readAllocation(spec: Fields): object | undefined {
  const namespaces = spec.texts("namespaces");
  const matchLabels = Object.fromEntries(spec.entries("namespaceSelector"));
  const hasLabels = Object.keys(matchLabels).length > 0;
  const priority = spec.number("priority");
  if (namespaces.length === 0 && !hasLabels) {
    if (priority !== undefined) spec.lose("priority", "it counts among pools for certain namespaces");
    return undefined;
  }
  return {
    ...(priority !== undefined && { priority }),
    ...(namespaces.length > 0 && { namespaces }),
    ...(hasLabels && { namespaceSelectors: [{ matchLabels }] }),
  };
}

/** Where there is a default Eip, others without namespaces are given only to who names them. */
function isNotGivenOut(
  from: ForeignObject,
  spec: Fields,
  { hasDefault, isPinned }: { readonly hasDefault: boolean; readonly isPinned: boolean },
): boolean {
  const isDisabled = spec.flag("disable") === true;
  if (isDisabled) from.hint("a pool without autoAssign still serves Services that ask for it by name");
  const isAsked = hasDefault && !isDefault(from) && !isPinned;
  if (isAsked)
    from.hint(
      `a Service asks for it with metallb.io/address-pool: ${from.name}, where it had eip.openelb.kubesphere.io/v1alpha2: ${from.name}`,
    );
  return isDisabled || isAsked;
}

interface Conf {
  readonly asn: number | undefined;
  readonly routerId: string | undefined;
}

function readConf(from: ForeignObject): Conf | undefined {
  if (from.name !== onlyConf) {
    from.hint(`OpenELB reads only the BgpConf ${onlyConf}, so this one has no effect`);
    return undefined;
  }
  const spec = from.spec();
  const conf = { asn: spec.number("as"), routerId: spec.text("routerId") };
  if (conf.asn === undefined) spec.refuse("as", "is required");
  if (conf.routerId !== undefined)
    from.hint(
      "one router identifier for all nodes would make them one and the same router: each takes its own address",
    );
  spec.drop(
    "listenPort",
    "with the flag --bgp-listen routers can connect to the nodes; without it the nodes connect to them",
  );
  spec.end();
  return conf;
}

function importPeer(from: ForeignObject, local: Conf | undefined, made: MetallbObjects): void {
  const spec = from.spec();
  const conf = spec.fields("conf");
  const transport = spec.fields("transport");
  const timers = spec.fields("timers")?.fields("config");
  const hops = spec.fields("ebgpMultihop");
  if (local === undefined)
    spec.refuseWhole("our AS number stands in the BgpConf default, which the files lack");
  const restart = spec.fields("gracefulRestart");
  made.add(from, "BGPPeer", from.name, {
    myASN: local?.asn,
    localASN: conf?.number("localAs"),
    peerASN: conf?.number("peerAs"),
    peerAddress: conf?.text("neighborAddress") ?? transport?.text("remoteAddress"),
    interface: conf?.text("neighborInterface"),
    peerPort: transport?.number("remotePort"),
    vrf: conf?.text("vrf"),
    password: conf?.text("authPassword"),
    holdTime: readTimer(timers, "holdTime"),
    keepaliveTime: readTimer(timers, "keepaliveInterval"),
    connectTime: readTimer(timers, "connectRetry"),
    ebgpMultiHop: hops?.flag("enabled"),
    enableGracefulRestart: restart?.flag("enabled"),
    dualStackAddressFamily: speaksBothFamilies(spec) ? true : undefined,
    nodeSelectors: selectorList(spec.selector("nodeSelector")),
  });
  if (transport?.flag("passiveMode") === true)
    transport.lose(
      "passiveMode",
      "the nodes connect to the router; with --bgp-listen it can connect to them too",
    );
  for (const fields of [spec, conf, transport, timers, hops, restart]) fields?.end();
}

/** A text with a number of seconds, or a duration. */
function readTimer(timers: Fields | undefined, key: string): string | undefined {
  const text = timers?.text(key);
  return text !== undefined && /^[0-9]+$/.test(text) ? `${text}s` : text;
}

function speaksBothFamilies(spec: Fields): boolean {
  const families = spec.each("afiSafis").map((one) => {
    one.pass("addPaths", "mpGracefulRestart");
    const family = one.fields("config")?.fields("family");
    return family?.text("afi");
  });
  return families.includes("AFI_IP") && families.includes("AFI_IP6");
}
