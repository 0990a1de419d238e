import { describe, expect, test } from "@jest/globals";
import { type IpPrefix } from "@steelyard/model/address";
import { type Instant } from "@steelyard/model/foundation";
import { ip } from "../../wire/testing/ip.ts";
import { planServiceStatuses, type ServiceStatusDeps, serviceStatusName } from "../service-status.ts";
import { sha256 } from "../testing/sha256.ts";
import { bgpStatusClaims, nothingSaid, type SaidPeers } from "./service-bgp-status.ts";
import { type BgpVerdict } from "./types.ts";

type Routes = Readonly<Record<string, readonly string[]>>;

const nameOf: ServiceStatusDeps["nameOf"] = (...of) => serviceStatusName(...of, sha256);
const at = (ms: number) => ms as Instant;

function prefix(text: string): IpPrefix {
  const [address = "", length] = text.split("/");
  return { network: ip(address), length: Number(length) };
}

/** `routes`: by the text of a prefix, the peers that are to have it. */
function verdict(name: string, routes: Routes): BgpVerdict {
  return {
    service: { namespace: "default", name, uid: `uid-${name}` },
    addresses: [],
    prefixes: Object.entries(routes).map(([text, peers]) => ({ prefix: prefix(text), peers })),
    suspended: [],
    decision: { kind: "advertise", because: "" },
  };
}

/** `established`: these routers have all they are to have. */
function look(
  verdicts: readonly BgpVerdict[],
  established: readonly string[],
  before: SaidPeers = nothingSaid,
  now = 0,
) {
  const carried = { carries: (peer: string) => established.includes(peer) };
  const { claims, said, lookAgainAt } = bgpStatusClaims(verdicts, carried, before, at(now));
  const shown = Object.fromEntries(claims.map(({ service, says }) => [service.name, says.peers]));
  return { claims, shown, said, lookAgainAt };
}

const both = ["peer1", "peer2"];

describe("MetalLB's TestPeersForService: two peers, two pools", () => {
  const first = verdict("one", { "1.2.3.0/32": both });
  const second = verdict("two", { "5.6.7.0/32": both });

  test("each Service lists both", () => {
    expect(look([first, second], both).shown).toEqual({ one: both, two: both });
  });

  test("an advertisement for peer1 alone leaves peer1", () => {
    const before = look([first, second], both);
    const restricted = verdict("one", { "1.2.3.0/32": ["peer1"] });
    const { shown } = look([restricted, second], both, before.said, 10);
    expect(shown).toEqual({ one: ["peer1"], two: both });
  });

  test("a Service that is deleted lists nobody", () => {
    const before = look([first, second], both);
    expect(look([second], both, before.said, 10).shown).toEqual({ two: both });
  });

  test("a peer that is removed is in no list", () => {
    const before = look([first, second], both);
    const left = verdict("two", { "5.6.7.0/32": ["peer2"] });
    expect(look([left], ["peer2"], before.said, 10).shown).toEqual({ two: ["peer2"] });
  });
});

describe("what is, and not what is wanted", () => {
  const web = verdict("web", { "192.0.2.1/32": both, "2001:db8::1/128": ["peer2"] });

  test("a peer without a session is not shown", () => {
    expect(look([web], ["peer1"]).shown).toEqual({ web: ["peer1"] });
    expect(look([web], []).shown).toEqual({});
  });

  test("a peer is shown for prefixes of this Service only, and once", () => {
    const carried = {
      carries: (peer: string, { length }: IpPrefix) => peer === "peer2" && length === 128,
    };
    const { claims } = bgpStatusClaims([web], carried, nothingSaid, at(0));
    expect(claims.map(({ says }) => says.peers)).toEqual([["peer2"]]);
    expect(look([web], both).shown).toEqual({ web: both });
  });

  test("two Services under one aggregate, each for its own peer, do not show each other's", () => {
    const one = verdict("one", { "192.0.2.0/24": ["peer1"] });
    const two = verdict("two", { "192.0.2.0/24": ["peer2"] });
    expect(look([one, two], both).shown).toEqual({ one: ["peer1"], two: ["peer2"] });
  });
});

describe("a session that flaps", () => {
  const web = verdict("web", { "192.0.2.1/32": both });
  const up = look([web], both);

  test("is shown for a second more, and it is said when to look again", () => {
    const lost = look([web], ["peer1"], up.said, 5000);
    expect(lost.shown).toEqual({ web: both });
    expect(lost.lookAgainAt).toBe(6000);
    const later = look([web], ["peer1"], lost.said, 5999);
    expect(later.shown).toEqual({ web: both });
    expect(look([web], ["peer1"], later.said, 6000)).toMatchObject({
      shown: { web: ["peer1"] },
      lookAgainAt: undefined,
    });
  });

  test("begins its second anew each time it was up", () => {
    const lost = look([web], ["peer1"], up.said, 5000);
    const back = look([web], both, lost.said, 5900);
    expect(look([web], ["peer1"], back.said, 6500).shown).toEqual({ web: both });
  });

  test("is not shown once it has gone, until it is up", () => {
    const gone = look([web], ["peer1"], look([web], ["peer1"], up.said, 5000).said, 6000);
    expect(look([web], ["peer1"], gone.said, 6001).shown).toEqual({ web: ["peer1"] });
    expect(look([web], both, gone.said, 6001).shown).toEqual({ web: both });
  });
});

test("the objects have MetalLB's labels and shape", () => {
  const { claims } = look([verdict("web", { "192.0.2.1/32": both })], both);
  const owner = { apiVersion: "v1", kind: "Pod", name: "speaker-x", uid: "pod-uid" };
  const options = { nodeName: "node-a", namespace: "metallb-system", owner };
  const [create, ...others] = planServiceStatuses("ServiceBGPStatus", [], claims, options, {
    sha256,
    nameOf,
  });
  expect(others).toEqual([]);
  expect(create).toEqual({
    kind: "create",
    of: "ServiceBGPStatus",
    object: {
      apiVersion: "metallb.io/v1beta1",
      kind: "ServiceBGPStatus",
      metadata: {
        name: expect.stringMatching(/^bgp-[0-9a-f]{16}$/),
        namespace: "metallb-system",
        labels: {
          "metallb.io/node": "node-a",
          "metallb.io/service-name": "web",
          "metallb.io/service-namespace": "default",
        },
        ownerReferences: [owner],
      },
      spec: {},
      status: { node: "node-a", serviceName: "web", serviceNamespace: "default", peers: both },
    },
  });
  const stored = create?.kind === "create" ? [create.object] : [];
  expect(planServiceStatuses("ServiceBGPStatus", stored, claims, options, { sha256, nameOf })).toEqual([]);
  const one = look([verdict("web", { "192.0.2.1/32": both })], ["peer2"]).claims;
  expect(planServiceStatuses("ServiceBGPStatus", stored, one, options, { sha256, nameOf })).toMatchObject([
    { kind: "patch-status", of: "ServiceBGPStatus", status: { peers: ["peer2"] } },
  ]);
});
