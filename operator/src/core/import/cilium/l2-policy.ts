import { whyNotInterfaceName } from "@steelyard/model/config";
import { type Fields } from "../fields.ts";
import { type ForeignObject } from "../foreign-object.ts";
import { type MetallbObjects, selectorList } from "../metallb-objects.ts";
import { advertisementSelectors } from "./service-selector.ts";

/** An advertisement for all pools: Cilium's policies know no pools. */
export function importL2Policy(from: ForeignObject, made: MetallbObjects): void {
  const spec = from.spec();
  const nodes = spec.selector("nodeSelector");
  const services = spec.selector("serviceSelector");
  const isAboutUs = spec.flag("loadBalancerIPs") === true;
  const interfaces = readInterfaces(spec);
  if (spec.flag("externalIPs") === true)
    spec.lose("externalIPs", "externalIPs of Services are not announced");
  spec.end();
  const selected = advertisementSelectors(services, spec, "serviceSelector");
  if (!isAboutUs)
    return from.hint("loadBalancerIPs is not true: Cilium announces no LoadBalancer addresses by it");
  if (interfaces === undefined || selected === undefined) return;
  made.add(from, "L2Advertisement", from.name, {
    nodeSelectors: selectorList(nodes),
    serviceSelectors: selected,
    interfaces,
  });
}

const exact = /^\^?([a-z0-9_.@-]+?)\$?$/i;

/** Cilium takes regular expressions. undefined = none of them is one name. */
function readInterfaces(spec: Fields): readonly string[] | undefined {
  const given = spec.texts("interfaces");
  const names = given.flatMap((expression) => {
    const name = exact.exec(expression.replaceAll("\\.", "."))?.[1];
    if (name !== undefined && whyNotInterfaceName(name) === undefined) return [name];
    spec.lose("interfaces", `${JSON.stringify(expression)} is a pattern; write the names of the interfaces`);
    return [];
  });
  if (given.length > 0 && names.length === 0)
    spec.lose("interfaces", "no L2Advertisement is made of this: it would be for all interfaces");
  return given.length > 0 && names.length === 0 ? undefined : [...new Set(names)];
}
