import { expect, test } from "@jest/globals";
import { type ManagedFieldsEntry } from "@steelyard/model/resources";
import { type ContestedField } from "./contested-field.ts";
import { findRival, ownFieldManager } from "./find-rival.ts";

const status = { operation: "Update", subresource: "status" };
const ingress = { "f:status": { "f:loadBalancer": { "f:ingress": {} } } };
const ours: ManagedFieldsEntry = {
  ...status,
  manager: ownFieldManager,
  time: "2026-11-22T09:00:00Z",
  fieldsV1: {
    ...ingress,
    "f:metadata": { "f:annotations": { "f:metallb.io/ip-allocated-from-pool": {} } },
    "f:status": { "f:conditions": { 'k:{"type":"steelyard.io/Allocated"}': { "f:reason": {} } } },
  },
};
const user: ManagedFieldsEntry = {
  manager: "kubectl-create",
  operation: "Update",
  time: "2026-11-22T08:00:00Z",
  fieldsV1: { "f:spec": { "f:type": {} } },
};
const tunnel: ManagedFieldsEntry = {
  manager: "tunnel",
  operation: "Update",
  time: "2026-11-22T08:30:00Z",
  fieldsV1: { "f:spec": { "f:loadBalancerIP": {} } },
};
const other = (manager: string, fieldsV1: object): ManagedFieldsEntry => ({ ...status, manager, fieldsV1 });

const addresses: ContestedField = { is: "addresses" };
const mark: ContestedField = { is: "annotation", name: "metallb.io/ip-allocated-from-pool" };

test.each<[string, ContestedField, readonly ManagedFieldsEntry[], string | undefined]>([
  ["owns the addresses", addresses, [ours, other("servicelb", ingress)], "servicelb"],
  ["owns the requested address", { is: "load-balancer-ip" }, [user, tunnel, ours], "tunnel"],
  [
    "owns a condition of ours",
    { is: "conditions" },
    [
      ours,
      other("x", {
        "f:status": { "f:conditions": { 'k:{"type":"steelyard.io/Allocated"}': { "f:reason": {} } } },
      }),
    ],
    "x",
  ],
  [
    "owns our annotation",
    mark,
    [
      ours,
      {
        ...tunnel,
        fieldsV1: { "f:metadata": { "f:annotations": { "f:metallb.io/ip-allocated-from-pool": {} } } },
      },
    ],
    "tunnel",
  ],
  [
    "took the addresses out, but wrote the status otherwise",
    addresses,
    [user, ours, other("x", { "f:status": { "f:other": {} } })],
    "x",
  ],
  [
    "took the request out",
    { is: "load-balancer-ip" },
    [user, ours, { ...tunnel, fieldsV1: { "f:spec": { "f:other": {} } } }],
    "tunnel",
  ],
  [
    "has our own name, whoever else wrote the status",
    addresses,
    [{ ...ours, fieldsV1: ingress }, other("x", { "f:status": { "f:other": {} } })],
    ownFieldManager,
  ],
  ["has our own name and writes other conditions", { is: "conditions" }, [user, ours], ownFieldManager],
  [
    "took a condition of ours out, but left another",
    { is: "conditions" },
    [ours, other("x", { "f:status": { "f:other": {} } })],
    "x",
  ],
  ["left no trace", addresses, [user, ours], undefined],
  ["is an old server that records nothing", addresses, [], undefined],
])("the rival %s", (_which, field, managedFields, name) => {
  expect(findRival(managedFields, field)).toBe(name);
});
