import { expect, test } from "@jest/globals";
import { ip } from "../wire/testing/ip.ts";
import { probeOnlyAddresses } from "./probe-only.ts";
import { config, pool } from "./testing/cluster.ts";

const inForce = config(pool("main", ["192.0.2.0/24"], []));
const held = ["192.0.2.3", "192.0.2.2", "198.51.100.1"].map((text) => ({ address: ip(text) }));

test("held addresses without a Service are asked about on while a pool has them", () => {
  expect(probeOnlyAddresses(held, [], inForce)).toEqual([ip("192.0.2.2"), ip("192.0.2.3")]);
  expect(probeOnlyAddresses([], [], inForce)).toEqual([]);
});

test("those with a Service are asked about anyway", () => {
  const electable = {
    address: ip("192.0.2.2"),
    electionKey: ip("192.0.2.2"),
    candidates: [],
    fresh: false,
    bindTo: undefined,
  };
  expect(probeOnlyAddresses(held, [electable], inForce)).toEqual([ip("192.0.2.3")]);
});
