import { type IpRange } from "@steelyard/model/address";
import { asEntries, readRange } from "./address-entries.ts";
import { type Fields } from "./fields.ts";
import { type ForeignObject } from "./foreign-object.ts";
import { type MetallbObjects } from "./metallb-objects.ts";

/** The group that a Service gets which names none. */
const defaultGroup = "default";

/** Imports ServiceGroups and LBNodeAgents of PureLB, of both versions. @returns the objects it knows */
export function importPureLb(
  objects: readonly ForeignObject[],
  made: MetallbObjects,
): readonly ForeignObject[] {
  const ours = objects.filter(({ group }) => group === "purelb.io");
  const agents = ours.filter(({ kind }) => kind === "LBNodeAgent");
  const groups = ours.filter(({ kind }) => kind === "ServiceGroup");
  const interfaces = agents.flatMap(readAgent);
  for (const group of groups) importGroup(group, interfaces, made);
  return [...agents, ...groups];
}

/** @returns the interface that local addresses are announced on, unless it is the one with the default route */
function readAgent(from: ForeignObject): readonly string[] {
  const spec = from.spec();
  const local = spec.fields("local");
  const names = ["localint", "localInterface"].flatMap((key) => local?.text(key) ?? []);
  const bound = ["extlbint", "dummyInterface"].flatMap((key) => local?.text(key) ?? []);
  if (bound.length > 0)
    from.hint(
      "addresses are not put on an interface, which nothing here needs; the annotation steelyard.io/bind-interface of a pool does it",
    );
  local?.drop("sendgarp", "gratuitous packets are always sent");
  local?.drop("garpConfig", "gratuitous packets are always sent; see --gratuitous-arp-interval");
  local?.drop("addressConfig", "addresses are not put on an interface");
  local?.end();
  spec.end();
  return names.filter((name) => name !== "default");
}

function importGroup(from: ForeignObject, interfaces: readonly string[], made: MetallbObjects): void {
  const spec = from.spec();
  spec.drop("netbox", "addresses are given out of pools that stand here, not by another program");
  spec.drop("external", "addresses are given out of pools that stand here, not by another program");
  const namespaces = spec.texts("namespaces");
  if (spec.flag("enforceNamespaces") === true)
    spec.lose("enforceNamespaces", "Services of these namespaces may still use pools that are for everybody");
  spec.pass("namespaceDefault");
  for (const where of ["local", "remote"] as const) {
    const fields = spec.fields(where);
    if (fields !== undefined) importPool(from, fields, { where, namespaces, interfaces, made });
  }
  spec.end();
}

interface GroupContext {
  readonly where: "local" | "remote";
  readonly namespaces: readonly string[];
  readonly interfaces: readonly string[];
  readonly made: MetallbObjects;
}

function importPool(
  from: ForeignObject,
  fields: Fields,
  { where, namespaces, interfaces, made }: GroupContext,
): void {
  const parts = [
    ...(fields.has("pool") ? [fields] : []),
    ...["v4pool", "v6pool"].flatMap((key) => fields.fields(key) ?? []),
    ...["v4pools", "v6pools"].flatMap((key) => fields.each(key)),
  ];
  const read = parts.map((part) => readPart(part, from));
  for (const key of ["multiPool", "balancePools", "skipIPv6DAD"])
    fields.drop(key, "addresses are given out in order, one of each family");
  for (const part of new Set([fields, ...parts])) part.end();
  const ranges = read.flatMap(({ range }) => (range ? [range] : []));
  if (ranges.length === 0) return fields.refuseWhole("no addresses are given");
  const isAsked = from.name !== defaultGroup && namespaces.length === 0;
  if (isAsked)
    from.hint(
      `a Service asks for it with metallb.io/address-pool: ${from.name}, where it had purelb.io/service-group: ${from.name}`,
    );
  const pool = made.add(from, "IPAddressPool", from.name, {
    addresses: asEntries(ranges),
    autoAssign: isAsked ? false : undefined,
    serviceAllocation: namespaces.length === 0 ? undefined : { namespaces },
  });
  if (where === "local")
    return void made.add(from, "L2Advertisement", pool, { ipAddressPools: [pool], interfaces });
  made.add(from, "BGPAdvertisement", pool, { ipAddressPools: [pool], ...aggregationOf(read) });
  from.hint("PureLB leaves BGP to a routing program of the node: write a BGPPeer for each of its neighbours");
}

interface PoolPart {
  readonly range: IpRange | undefined;
  /** The length of the routes; undefined = one route per address. */
  readonly aggregation: number | undefined;
}

function readPart(part: Fields, from: ForeignObject): PoolPart {
  const range = readRange(part.requiredText("pool"), {
    path: part.pathOf("pool"),
    refuse: from.refuse.bind(from),
  });
  part.pass("subnet");
  const aggregation = part.text("aggregation") ?? "default";
  const length = /^\/?([0-9]{1,3})$/.exec(aggregation)?.[1];
  return { range, aggregation: length === undefined ? undefined : Number(length) };
}

function aggregationOf(parts: readonly PoolPart[]): Readonly<Record<string, number | undefined>> {
  const of = (family: IpRange["family"]): number | undefined =>
    parts.find(({ range, aggregation }) => range?.family === family && aggregation !== undefined)
      ?.aggregation;
  return { aggregationLength: of("IPv4"), aggregationLengthV6: of("IPv6") };
}
