import { type LabelSelector, matchesLabels } from "@steelyard/model/foundation";
import { type Fields } from "../fields.ts";
import { type ForeignObject } from "../foreign-object.ts";
import { type MetallbObjects, selectorList } from "../metallb-objects.ts";
import { importAdvertisement } from "./bgp-advertisement.ts";
import { readGracefulRestart, readSecret, readTimers, speaksBothFamilies } from "./session.ts";

interface BgpObjects {
  readonly clusters: readonly ForeignObject[];
  readonly peerConfigs: readonly ForeignObject[];
  readonly advertisements: readonly ForeignObject[];
}

/** A BGPPeer that was made, and by which labels it chooses what it is told. */
export interface MadePeer {
  readonly name: string;
  readonly advertisements: readonly LabelSelector[];
}

/** The newer form: who speaks to whom, how, and what is said stand in three kinds of objects. */
export function importBgpClusterConfigs(
  { clusters, peerConfigs, advertisements }: BgpObjects,
  made: MetallbObjects,
): void {
  const configs = new Map(peerConfigs.map((object) => [object.name, readPeerConfig(object)]));
  const peers = clusters.flatMap((cluster) => importCluster(cluster, configs, made));
  for (const advertisement of advertisements) {
    const told = peers.filter((peer) =>
      peer.advertisements.some((selector) => matchesLabels(selector, advertisement.labels)),
    );
    importAdvertisement(advertisement, { peers, told }, made);
  }
}

interface PeerConfig {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly isMultiHop: boolean;
  readonly secret: string | undefined;
  readonly advertisements: readonly LabelSelector[];
}

function readPeerConfig(from: ForeignObject): PeerConfig {
  const spec = from.spec();
  const transport = spec.fields("transport");
  const timers = spec.fields("timers");
  const families = spec.each("families");
  transport?.drop("localPort", "connections leave from any port");
  transport?.drop(
    "sourceInterface",
    "write the address of the interface in sourceAddress of the BGPPeer, which holds on one node",
  );
  const config = {
    spec: {
      peerPort: transport?.number("peerPort"),
      ...readTimers(timers),
      enableGracefulRestart: readGracefulRestart(spec.fields("gracefulRestart")),
      dualStackAddressFamily: speaksBothFamilies(families) ? true : undefined,
    },
    isMultiHop: (spec.number("ebgpMultihop") ?? 1) > 1,
    secret: spec.text("authSecretRef"),
    advertisements: families.flatMap((family) => family.selector("advertisements") ?? []),
  };
  for (const fields of [spec, transport, timers, ...families]) fields?.end();
  return config;
}

function importCluster(
  from: ForeignObject,
  configs: ReadonlyMap<string, PeerConfig>,
  made: MetallbObjects,
): readonly MadePeer[] {
  const spec = from.spec();
  const nodes = spec.selector("nodeSelector");
  const instances = spec.each("bgpInstances");
  const peers = instances.flatMap((instance) => {
    const name = instance.requiredText("name");
    const localAsn = instance.number("localASN");
    if (localAsn === undefined)
      instance.refuse("localASN", "is required: the BGPPeer has to say our AS number");
    instance.drop("localPort", "with the flag --bgp-listen routers can connect to the nodes");
    const stem = instances.length === 1 ? from.name : `${from.name}-${name}`;
    const ofInstance = instance
      .each("peers")
      .map((peer) => importPeer(from, peer, { stem, localAsn, nodes, configs, made }));
    instance.end();
    return ofInstance;
  });
  spec.end();
  return peers;
}

interface PeerContext {
  readonly stem: string;
  readonly localAsn: number | undefined;
  readonly nodes: LabelSelector | undefined;
  readonly configs: ReadonlyMap<string, PeerConfig>;
  readonly made: MetallbObjects;
}

function importPeer(from: ForeignObject, peer: Fields, context: PeerContext): MadePeer {
  const { stem, localAsn, nodes, made } = context;
  const config = configOf(peer, context.configs);
  const peerAsn = peer.number("peerASN");
  peer.drop("autoDiscovery", "write the address of the router in peerAddress");
  const name = made.add(from, "BGPPeer", `${stem}-${peer.requiredText("name")}`, {
    myASN: localAsn,
    peerASN: peerAsn,
    // Cilium takes the router's AS number from its OPEN message when it is not given.
    dynamicASN: peerAsn === undefined || peerAsn === 0 ? "external" : undefined,
    peerAddress: peer.requiredText("peerAddress"),
    ...config?.spec,
    dualStackAddressFamily: config === undefined ? true : config.spec["dualStackAddressFamily"],
    ebgpMultiHop: config?.isMultiHop === true && peerAsn !== localAsn ? true : undefined,
    passwordSecret: readSecret(config?.secret, from),
    nodeSelectors: selectorList(nodes),
  });
  peer.end();
  return { name, advertisements: config?.advertisements ?? [] };
}

function configOf(peer: Fields, configs: ReadonlyMap<string, PeerConfig>): PeerConfig | undefined {
  const reference = peer.fields("peerConfigRef");
  const name = reference?.text("name");
  reference?.pass("group", "kind");
  reference?.end();
  if (name === undefined) return undefined;
  const config = configs.get(name);
  if (config === undefined)
    peer.refuse("peerConfigRef", `there is no CiliumBGPPeerConfig ${JSON.stringify(name)} in the files`);
  return config;
}
