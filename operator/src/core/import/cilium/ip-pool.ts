import { type IpRange } from "@steelyard/model/address";
import { type LabelSelector } from "@steelyard/model/foundation";
import { asEntries, readRange } from "../address-entries.ts";
import { type Fields } from "../fields.ts";
import { type ForeignObject } from "../foreign-object.ts";
import { type MetallbObjects } from "../metallb-objects.ts";
import { readServiceSelection } from "./service-selector.ts";

export function importIpPool(from: ForeignObject, made: MetallbObjects): void {
  const spec = from.spec();
  const reserves = spec.text("allowFirstLastIPs") === "No";
  // "cidrs" is what "blocks" was called before version 1.15.
  const ranges = ["blocks", "cidrs"].flatMap((key) =>
    spec.each(key).flatMap((block) => readBlock(block, from, reserves)),
  );
  const selector = spec.selector("serviceSelector");
  const isDisabled = spec.flag("disabled") === true;
  if (isDisabled) from.hint("a pool without autoAssign still serves Services that ask for it by name");
  const { allocation, isClosed } = allocationOf(selector, spec);
  const pool = {
    addresses: asEntries(ranges),
    autoAssign: isDisabled || isClosed ? false : undefined,
    serviceAllocation: allocation,
  };
  if (ranges.length > 0) made.add(from, "IPAddressPool", from.name, pool, from.labels);
  else if (from.faults.length === 0) spec.refuse("blocks", "no addresses are given");
  spec.end();
}

function readBlock(block: Fields, from: ForeignObject, withoutEnds: boolean): readonly IpRange[] {
  const refuse = from.refuse.bind(from);
  const [cidr, start, stop] = [block.text("cidr"), block.text("start"), block.text("stop")];
  block.end();
  if (cidr !== undefined)
    return present(readRange(cidr, { path: block.pathOf("cidr"), refuse, withoutEnds }));
  if (start === undefined) {
    block.refuse("start", "is required where there is no cidr");
    return [];
  }
  const text = stop === undefined ? start : `${start}-${stop}`;
  return present(readRange(text, { path: block.pathOf("start"), refuse }));
}

function allocationOf(
  selector: LabelSelector | undefined,
  spec: Fields,
): { readonly allocation?: object; readonly isClosed: boolean } {
  if (selector === undefined) return { isClosed: false };
  const { namespaces, labels, lost } = readServiceSelection(selector);
  if (lost !== undefined) {
    spec.lose(
      "serviceSelector",
      `${lost}; until then the pool serves only who asks for it (autoAssign: false)`,
    );
    return { isClosed: true };
  }
  if (namespaces === undefined && labels === undefined) return { isClosed: false };
  const allocation = {
    ...(namespaces !== undefined && { namespaces }),
    ...(labels !== undefined && { serviceSelectors: [labels] }),
  };
  return { allocation, isClosed: false };
}

function present<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}
