import { describe, expect, test } from "@jest/globals";
import { type Sharing, type SharingRefusal, whyNotShare } from "./sharing.ts";

const web: Sharing = { key: "k", backend: "", ports: ["TCP/80"] };
const local = JSON.stringify([["app", "web"]]);

describe("whether two Services may live on one address (reference metallb.md, section 3.4)", () => {
  test.each<[string, Sharing | undefined, Sharing | undefined, SharingRefusal | undefined]>([
    ["other ports", web, { ...web, ports: ["TCP/443"] }, undefined],
    ["the same port of another protocol", web, { ...web, ports: ["UDP/80"] }, undefined],
    ["no ports at all", web, { ...web, ports: [] }, undefined],
    [
      "the same pods with policy Local",
      { ...web, backend: local },
      { ...web, backend: local, ports: [] },
      undefined,
    ],
    ["no key", undefined, undefined, { rule: "no-key", of: "both" }],
    ["no key here", undefined, web, { rule: "no-key", of: "mine" }],
    ["no key there", web, undefined, { rule: "no-key", of: "theirs" }],
    [
      "no key, and nothing else in the way",
      { ...web, key: undefined },
      { ...web, key: undefined, ports: ["TCP/443"] },
      { rule: "no-key", of: "both" },
    ],
    [
      "no key, and a port in common",
      { ...web, key: undefined },
      web,
      { rule: "no-key", of: "mine", besides: { rule: "port", port: "TCP/80" } },
    ],
    [
      "no key, and other pods",
      web,
      { ...web, key: undefined, backend: local, ports: [] },
      { rule: "no-key", of: "theirs", besides: { rule: "backend" } },
    ],
    ["another key", web, { ...web, key: "j", ports: [] }, { rule: "key", mine: "k", theirs: "j" }],
    [
      "another key, and a port in common",
      web,
      { ...web, key: "j" },
      { rule: "key", mine: "k", theirs: "j", besides: { rule: "port", port: "TCP/80" } },
    ],
    [
      "other pods with policy Local",
      { ...web, backend: local },
      { ...web, backend: "[]", ports: [] },
      { rule: "backend" },
    ],
    [
      "other pods with policy Local, and a port in common",
      { ...web, backend: local },
      { ...web, backend: "[]" },
      { rule: "backend", besides: { rule: "port", port: "TCP/80" } },
    ],
    [
      "Local without a selector beside Cluster (quirk 30)",
      { ...web, backend: "[]" },
      { ...web, ports: [] },
      { rule: "backend" },
    ],
    [
      "a port in common",
      { ...web, ports: ["TCP/443", "TCP/80"] },
      { ...web, ports: ["TCP/80", "UDP/53"] },
      { rule: "port", port: "TCP/80" },
    ],
  ])("%s", (_name, mine, theirs, refusal) => {
    expect(whyNotShare(mine, theirs)).toEqual(refusal);
  });
});
