import { expect, test } from "@jest/globals";
import { ip } from "../../wire/testing/ip.ts";
import { bindingWishes } from "./binding-wishes.ts";

const at = (address: string) => ({ address: ip(address) });

test("bound is what is announced, is to be announced still, and is to be bound", () => {
  const addresses = [
    { ...at("192.0.2.10"), bindTo: "lo" },
    { ...at("192.0.2.11"), bindTo: "lo" },
    { ...at("192.0.2.12"), bindTo: "eth0" },
    { ...at("192.0.2.13"), bindTo: undefined },
  ];
  const toAnnounce = [at("192.0.2.10"), at("192.0.2.11"), at("192.0.2.13")];
  const announced = ["192.0.2.10", "192.0.2.12", "192.0.2.13"].map((text) => ({
    ...at(text),
    interfaces: ["eth0"],
  }));
  expect(bindingWishes(addresses, toAnnounce, announced)).toEqual([
    { ...at("192.0.2.10"), bindTo: "lo", announcedOn: ["eth0"] },
  ]);
});
