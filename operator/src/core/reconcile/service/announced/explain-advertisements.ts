import { type Config, type L2Advertisement, type Pool } from "@steelyard/model/config";
import { formatLabelSelector } from "@steelyard/model/foundation";
import { listAddresses } from "../allocated-condition.ts";
import { type AnnouncedFacts, type AnnouncedVerdict, say } from "./announced-facts.ts";

type AdvertisementKind = "L2Advertisement" | "BGPAdvertisement";

/** No advertisement is meant for the Service: what to create or to change (users.md, D09). */
export function explainNoAdvertisement(pool: Pool, facts: AnnouncedFacts): AnnouncedVerdict {
  const isOne = facts.addresses.length === 1;
  const has = `${listAddresses(facts.addresses)} ${isOne ? "is" : "are"} in pool ${pool.name}`;
  const [wrongLabels] = [
    ...pool.l2Advertisements.map((one) => ({ ...one, kind: "L2Advertisement" as const })),
    ...pool.bgpAdvertisements.map((one) => ({ ...one, kind: "BGPAdvertisement" as const })),
  ];
  const mute = `so nothing answers for ${isOne ? "it" : "them"}`;
  const message =
    wrongLabels === undefined
      ? `${has}, but ${missing(facts)} selects that pool, ${mute}; ${refusedOne(facts) ?? mendByPool(pool, facts)}`
      : `${has}, but of the ${wrongLabels.kind}s that select that pool none selects this Service, ${mute}; ` +
        mendByLabels(wrongLabels);
  return say("False", "NoAdvertisement", message);
}

/** One that is at fault may be the one that is missed. */
function refusedOne({ built: { problems } }: AnnouncedFacts): string | undefined {
  const fault = problems.find(
    ({ object, kind }) => kind === "wrong" && object.kind.endsWith("Advertisement"),
  );
  return fault && `${fault.object.kind} ${fault.object.name} is at fault: ${fault.path}: ${fault.message}`;
}

/** What other pools are announced by is what is wanted here. */
function wantedKind({ built: { config } }: AnnouncedFacts): AdvertisementKind {
  const hasLayer2 = config.pools.some(({ l2Advertisements }) => l2Advertisements.length > 0);
  return isByBgp(config) && !hasLayer2 ? "BGPAdvertisement" : "L2Advertisement";
}

function missing({ built: { config } }: AnnouncedFacts): string {
  return isByBgp(config) ? "no L2Advertisement and no BGPAdvertisement" : "no L2Advertisement";
}

/** Whoever has routers configured means BGP. */
function isByBgp({ pools, bgpPeers }: Config): boolean {
  return bgpPeers.length > 0 || pools.some(({ bgpAdvertisements }) => bgpAdvertisements.length > 0);
}

function mendByPool(pool: Pool, facts: AnnouncedFacts): string {
  const { built, configNamespace } = facts;
  const kind = wantedKind(facts);
  const name = yamlText(pool.name);
  const manifest =
    `{apiVersion: metallb.io/v1beta1, kind: ${kind}, metadata: {name: ${name}, ` +
    `namespace: ${configNamespace}}, spec: {ipAddressPools: [${name}]}}`;
  const other = built.config.pools
    .flatMap(({ l2Advertisements, bgpAdvertisements }) =>
      kind === "L2Advertisement" ? named(l2Advertisements) : named(bgpAdvertisements),
    )
    .find((one) => one.serviceSelectors.length === 0);
  return other === undefined
    ? `create one: ${manifest}`
    : `add ${pool.name} to spec.ipAddressPools of ${kind} ${other.name}, or create one: ${manifest}`;
}

type Selecting = Pick<L2Advertisement, "name" | "serviceSelectors">;

function named(advertisements: readonly Selecting[]): readonly Selecting[] {
  return advertisements;
}

/** A name that YAML would read as a number, a truth value or nothing is quoted; names are lower case, so no others are. */
function yamlText(name: string): string {
  const isAmbiguous = /^[0-9.]/.test(name) || /^(true|false|null|yes|no|on|off|y|n)$/.test(name);
  return isAmbiguous ? JSON.stringify(name) : name;
}

function mendByLabels({
  kind,
  name,
  serviceSelectors,
}: Selecting & { readonly kind: AdvertisementKind }): string {
  const selectors = serviceSelectors.map(formatLabelSelector).join(" or ");
  return `${kind} ${name} wants a Service with the labels ${selectors}`;
}
