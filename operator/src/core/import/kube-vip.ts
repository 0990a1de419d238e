import { type IpRange } from "@steelyard/model/address";
import { compareTexts, type JsonObject } from "@steelyard/model/foundation";
import { asEntries, readRange } from "./address-entries.ts";
import { Fields } from "./fields.ts";
import { type ForeignObject } from "./foreign-object.ts";
import { type MetallbObjects } from "./metallb-objects.ts";

const poolKey = /^(cidr|range)-(.+)$/;
const everybody = "global";
/** What kube-vip writes for an address that is to come from a DHCP server. */
const byDhcp = "0.0.0.0/32";

/** The ConfigMap of kube-vip's cloud provider: `cidr-global`, `range-<namespace>` and so on. */
export function isOfKubeVip(data: JsonObject): boolean {
  return Object.keys(data).some((key) => poolKey.test(key));
}

/** A Service takes an address of its namespace's pool if there is one, else of the global one. */
export function importKubeVip(from: ForeignObject, data: JsonObject, made: MetallbObjects): void {
  const fields = new Fields(data, "data", from);
  const withoutEnds = fields.text("skip-start-end-ips-in-cidr") === "true";
  const owners = new Set(Object.keys(data).flatMap((key) => poolKey.exec(key)?.[2] ?? []));
  const pools = [...owners].sort(compareTexts).flatMap((owner) => {
    const ranges = rangesOf(owner, { from, fields, withoutEnds });
    return ranges.length === 0 ? [] : [addPool(owner, ranges, { from, fields, made })];
  });
  if (fields.text("search-order") === "desc")
    fields.lose("search-order", "addresses are given out from the lowest on");
  announce(pools, from, made);
  fields.end();
}

function rangesOf(
  owner: string,
  {
    from,
    fields,
    withoutEnds,
  }: { readonly from: ForeignObject; readonly fields: Fields; readonly withoutEnds: boolean },
): readonly IpRange[] {
  return ["cidr", "range"].flatMap((form) => {
    const key = `${form}-${owner}`;
    const texts = (fields.text(key) ?? "").split(",").map((text) => text.trim());
    return texts.flatMap((text) => {
      if (text === "") return [];
      if (text === byDhcp) {
        fields.lose(key, "addresses by DHCP are not supported");
        return [];
      }
      const range = readRange(text, {
        path: fields.pathOf(key),
        refuse: from.refuse.bind(from),
        withoutEnds,
      });
      return range ? [range] : [];
    });
  });
}

interface AnnouncedPool {
  readonly name: string;
  /** undefined = that of the address's subnet. */
  readonly interface: string | undefined;
}

function addPool(
  owner: string,
  ranges: readonly IpRange[],
  {
    from,
    fields,
    made,
  }: { readonly from: ForeignObject; readonly fields: Fields; readonly made: MetallbObjects },
): AnnouncedPool {
  const sharing = `allow-share-${owner}`;
  if (fields.text(sharing) === "true")
    fields.lose(
      sharing,
      "Services share an address only if they name the same key in metallb.io/allow-shared-ip",
    );
  const serviceAllocation = owner === everybody ? undefined : { priority: 1, namespaces: [owner] };
  if (serviceAllocation)
    from.hint(
      `when the pool of namespace ${owner} is full its Services get an address of a pool for everybody`,
    );
  const spec = { addresses: asEntries(ranges), serviceAllocation };
  const name = made.add(from, "IPAddressPool", `kube-vip-${owner}`, spec);
  return { name, interface: fields.text(`interface-${owner}`) };
}

function announce(pools: readonly AnnouncedPool[], from: ForeignObject, made: MetallbObjects): void {
  if (pools.length === 0) return;
  for (const device of new Set(pools.map((pool) => pool.interface))) {
    const ipAddressPools = pools.filter((pool) => pool.interface === device).map(({ name }) => name);
    const interfaces = device === undefined ? [] : [device];
    made.add(from, "L2Advertisement", ["kube-vip", ...interfaces].join("-"), { ipAddressPools, interfaces });
  }
  from.hint(
    "whether kube-vip announces by ARP or BGP stands in the variables of its Pods and not here: this is for ARP; for BGP write BGPPeer and BGPAdvertisement in place of the L2Advertisement",
  );
  from.hint(
    "the annotation kube-vip.io/loadbalancerIPs of Services is called metallb.io/loadBalancerIPs here",
  );
}
