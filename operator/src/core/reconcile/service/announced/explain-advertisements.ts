import { type L2Advertisement, type Pool } from "@steelyard/model/config";
import { compareTexts, formatLabelSelector } from "@steelyard/model/foundation";
import { listAddresses } from "../allocated-condition.ts";
import { type AnnouncedFacts, type AnnouncedVerdict, say } from "./announced-facts.ts";

/** No L2Advertisement is meant for the Service: what to create or to change (users.md, D09). */
export function explainNoAdvertisement(pool: Pool, facts: AnnouncedFacts): AnnouncedVerdict {
  const isOne = facts.addresses.length === 1;
  const has = `${listAddresses(facts.addresses)} ${isOne ? "is" : "are"} in pool ${pool.name}`;
  const byBgp = pool.bgpAdvertisements.map(({ name }) => name).sort(compareTexts);
  const [wrongLabels] = pool.l2Advertisements;
  if (byBgp.length > 0 && wrongLabels === undefined)
    return say(
      "Unknown",
      "AwaitingBgp",
      `${has}, which BGPAdvertisement ${byBgp.join(", ")} covers and no L2Advertisement; this release announces ` +
        "by layer 2 only, BGP arrives with a later one",
    );
  const mute = `so nothing answers for ${isOne ? "it" : "them"}`;
  const message =
    wrongLabels === undefined
      ? `${has}, but no L2Advertisement selects that pool, ${mute}; ${mendByPool(pool, facts)}`
      : `${has}, but of the L2Advertisements that select that pool none selects this Service, ${mute}; ` +
        mendByLabels(wrongLabels);
  return say("False", "NoAdvertisement", message);
}

function mendByPool(pool: Pool, { built, configNamespace }: AnnouncedFacts): string {
  const name = yamlText(pool.name);
  const manifest =
    `{apiVersion: metallb.io/v1beta1, kind: L2Advertisement, metadata: {name: ${name}, ` +
    `namespace: ${configNamespace}}, spec: {ipAddressPools: [${name}]}}`;
  const other = built.config.pools
    .flatMap((one) => one.l2Advertisements)
    .find((one) => one.serviceSelectors.length === 0);
  return other === undefined
    ? `create one: ${manifest}`
    : `add ${pool.name} to spec.ipAddressPools of L2Advertisement ${other.name}, or create one: ${manifest}`;
}

/** A name that YAML would read as a number, a truth value or nothing is quoted; names are lower case, so no others are. */
function yamlText(name: string): string {
  const isAmbiguous = /^[0-9.]/.test(name) || /^(true|false|null|yes|no|on|off|y|n)$/.test(name);
  return isAmbiguous ? JSON.stringify(name) : name;
}

function mendByLabels({ name, serviceSelectors }: L2Advertisement): string {
  const selectors = serviceSelectors.map(formatLabelSelector).join(" or ");
  return `L2Advertisement ${name} wants a Service with the labels ${selectors}`;
}
