import { describe, expect, test } from "@jest/globals";
import { type JsonObject } from "@steelyard/model/foundation";
import { type ServiceResource } from "@steelyard/model/resources";
import { type GivenEdit, type PlanReport } from "../../core/plan/index.ts";
import { dualStack, serviceOf } from "../../core/testing/services.ts";
import { planEdit, type PlanRequest } from "./plan-edit.ts";

const namespace = "metallb-system";
const fromPool = "metallb.io/ip-allocated-from-pool";
const remembered = "steelyard.io/remembered-addresses";

function pool(name: string, addresses: readonly string[], spec: object = {}): JsonObject {
  return {
    apiVersion: "metallb.io/v1beta1",
    kind: "IPAddressPool",
    metadata: { name, namespace, creationTimestamp: "2026-11-22T07:00:00Z" },
    spec: { addresses, ...spec },
  };
}

/** Files that hold these pools and nothing else. */
function files(...pools: readonly JsonObject[]): GivenEdit {
  const given = pools.map((object) => ({ name: String((object["metadata"] as JsonObject)["name"]), object }));
  return { pools: given, ignored: [], faults: [], notes: [] };
}

/** A Service that shows the addresses as ours; younger the later in the alphabet. */
function holder(
  name: string,
  addresses: readonly string[],
  parts: Parameters<typeof serviceOf>[1] = {},
): ServiceResource {
  const ingress = addresses.map((ip) => ({ ip }));
  const annotations = { ...(addresses.length > 0 && { [fromPool]: "lan" }), ...parts.annotations };
  return serviceOf(`shop/${name}`, { ...parts, annotations, ingress });
}

function tryPlan(
  cluster: { readonly pools: readonly JsonObject[]; readonly services: readonly ServiceResource[] },
  request: Partial<PlanRequest>,
): ReturnType<typeof planEdit> {
  const lists = { ...cluster, namespaces: [] };
  const complete = {
    edit: files(),
    deletions: [],
    prune: false,
    timestamp: "2026-11-22T09:00:00Z",
    ...request,
  };
  return planEdit(lists, complete, { lbClasses: [], configNamespace: namespace });
}

function plan(...args: Parameters<typeof tryPlan>): PlanReport {
  const report = tryPlan(...args);
  if (!report.ok) throw new Error(report.error);
  return report.value;
}

function told({ services }: PlanReport): readonly string[] {
  return services.map(
    ({ service, consequence, before, after }) =>
      `${service} ${consequence} ${before.join()} -> ${after.join()}`,
  );
}

const lan = pool("lan", ["192.0.2.0-192.0.2.9"]);
const cluster = { pools: [lan], services: [holder("a", ["192.0.2.1"]), holder("b", ["192.0.2.8"])] };

describe("an edit of a pool", () => {
  test("that widens it touches nobody", () => {
    const report = plan(cluster, { edit: files(pool("lan", ["192.0.2.0-192.0.2.20"])) });
    expect(told(report)).toEqual([
      "shop/a keeps 192.0.2.1 -> 192.0.2.1",
      "shop/b keeps 192.0.2.8 -> 192.0.2.8",
    ]);
    expect(report).toMatchObject({ verdict: "stays", counts: { keeps: 2 }, interrupted: [] });
    expect(report.pools).toEqual([
      { name: "lan", change: "edited", before: ["192.0.2.0-192.0.2.9"], after: ["192.0.2.0-192.0.2.20"] },
    ]);
  });

  test("that shrinks it moves those outside", () => {
    const report = plan(cluster, { edit: files(pool("lan", ["192.0.2.0-192.0.2.5"])) });
    expect(told(report)).toEqual([
      "shop/a keeps 192.0.2.1 -> 192.0.2.1",
      "shop/b moves 192.0.2.8 -> 192.0.2.0",
    ]);
    expect(report.verdict).toBe("changes");
  });

  test("that leaves no room takes the address away, and says what else there is", () => {
    const report = plan(cluster, { edit: files(pool("lan", ["192.0.2.1/32"])) });
    expect(told(report)).toContain("shop/b loses 192.0.2.8 -> ");
    expect(report.services[1]?.reason).toBe(
      "no IPAddressPool gives it out any more; pool lan is full (1 of 1 IPv4 addresses in use); " +
        "add addresses to spec.addresses of pool lan, or delete a Service that holds one",
    );
  });

  test("that sets avoidBuggyIPs moves those who have one", () => {
    const wide = { pools: [pool("lan", ["192.0.2.0/24"])], services: [holder("a", ["192.0.2.255"])] };
    expect(told(plan(wide, { edit: files(pool("lan", ["192.0.2.0/24"], { avoidBuggyIPs: true })) }))).toEqual(
      ["shop/a moves 192.0.2.255 -> 192.0.2.1"],
    );
  });

  test("that changes only who is served moves nobody who has something", () => {
    const spec = { autoAssign: false, serviceAllocation: { priority: 1, namespaces: ["office"] } };
    expect(plan(cluster, { edit: files(pool("lan", ["192.0.2.0-192.0.2.9"], spec)) }).verdict).toBe("stays");
  });

  test("that serves those who wait says what each of them gets, the oldest first, those who remember before all", () => {
    const services = [
      holder("young", [], { createdAt: "2026-11-22T08:30:00Z" }),
      holder("old", [], { createdAt: "2026-11-22T08:10:00Z" }),
      holder("was-here", [], {
        createdAt: "2026-11-22T08:40:00Z",
        annotations: { [remembered]: "192.0.2.0" },
      }),
      holder("asks", [], { annotations: { "metallb.io/loadBalancerIPs": "192.0.2.3" } }),
    ];
    const report = plan({ pools: [], services }, { edit: files(pool("lan", ["192.0.2.0-192.0.2.3"])) });
    expect(told(report)).toEqual([
      "shop/asks gains  -> 192.0.2.3",
      "shop/old gains  -> 192.0.2.1",
      "shop/was-here gains  -> 192.0.2.0",
      "shop/young gains  -> 192.0.2.2",
    ]);
    expect(report.services[2]?.reason).toBe("192.0.2.0 (which it had before) from pool lan");
    expect(report.verdict).toBe("stays");
  });

  test.each([
    { spec: {}, has: "192.0.2.0 (which it had before)" },
    { spec: dualStack, has: "192.0.2.0 (which it had before) and 2001:db8::1 (which it had before)" },
  ])("that gives back what a Service had, but not what it asks for, says both: $has", ({ spec, has }) => {
    const annotations = {
      [remembered]: "192.0.2.0,2001:db8::1",
      "metallb.io/address-pool": "office",
    };
    const services = [holder("a", [], { annotations, spec })];
    const edit = files(pool("lan", ["192.0.2.0-192.0.2.3", "2001:db8::/126"]));
    const [service] = plan({ pools: [], services }, { edit }).services;
    expect(service).toMatchObject({ consequence: "gains" });
    expect(service?.reason).toBe(
      `${has}, but there is no pool office (annotation metallb.io/address-pool: office), in force: lan; ` +
        "create pool office, or ask for one that exists",
    );
  });

  test("that parts the addresses of one Service costs it none", () => {
    const dual = holder("a", ["192.0.2.1", "2001:db8::1"], { spec: dualStack });
    const both = pool("lan", ["192.0.2.0/28", "2001:db8::/126"]);
    const parted = files(pool("six", ["2001:db8::/126"]), pool("lan", ["192.0.2.0/28"]));
    expect(plan({ pools: [both], services: [dual] }, { edit: parted })).toMatchObject({
      verdict: "stays",
      interrupted: [],
    });
  });
});

describe("a pool that goes", () => {
  test("takes its addresses with it", () => {
    expect(told(plan(cluster, { deletions: ["lan"] }))).toEqual([
      "shop/a loses 192.0.2.1 -> ",
      "shop/b loses 192.0.2.8 -> ",
    ]);
  });

  test("by prune, too", () => {
    const report = plan(cluster, { edit: files(pool("office", ["198.51.100.0/28"])), prune: true });
    expect(told(report)).toEqual([
      "shop/a moves 192.0.2.1 -> 198.51.100.0",
      "shop/b moves 192.0.2.8 -> 198.51.100.1",
    ]);
  });

  test("under another name touches nobody, and nobody in between", () => {
    const report = plan(cluster, {
      edit: files(pool("office", ["192.0.2.0-192.0.2.9"])),
      deletions: ["lan"],
    });
    expect(report).toMatchObject({ verdict: "stays", counts: { keeps: 2 }, interrupted: [] });
    expect(report.services.map(({ poolBefore, poolAfter }) => [poolBefore, poolAfter])).toEqual([
      ["lan", "office"],
      ["lan", "office"],
    ]);
  });

  test("and is not there is said", () => {
    expect(tryPlan(cluster, { deletions: ["wan"] })).toEqual({
      ok: false,
      error: "there is no pool wan in the cluster to be deleted",
    });
  });
});

describe("a pool that would be refused", () => {
  test("leaves its last good form in force, and is named with the field", () => {
    const report = plan(cluster, { edit: files(pool("lan", ["192.0.2.O"])) });
    expect(told(report)).toEqual([
      "shop/a keeps 192.0.2.1 -> 192.0.2.1",
      "shop/b keeps 192.0.2.8 -> 192.0.2.8",
    ]);
    expect(report).toMatchObject({
      verdict: "refused",
      refused: [
        {
          name: "lan",
          isGiven: true,
          faults: [{ path: "spec.addresses[0]" }],
          inForce: ["192.0.2.0-192.0.2.9"],
        },
      ],
    });
  });

  test("for an overlap gives nothing, and the one that was there stays", () => {
    const report = plan(cluster, { edit: files(pool("a-new-one", ["192.0.2.9-192.0.2.30"])) });
    expect(report.refused).toEqual([
      {
        name: "a-new-one",
        isGiven: true,
        faults: [{ path: "spec.addresses[0]", message: expect.stringContaining('of pool "lan"') }],
        inForce: [],
      },
    ]);
    expect(report.verdict).toBe("refused");
  });

  test("in the cluster already does not make the edit one that cannot be judged", () => {
    const faulty = { ...cluster, pools: [lan, pool("broken", ["nonsense"])] };
    expect(plan(faulty, { edit: files(pool("lan", ["192.0.2.0-192.0.2.20"])) })).toMatchObject({
      verdict: "stays",
      refused: [{ name: "broken", isGiven: false, inForce: [] }],
    });
  });
});

describe("the order of the writes", () => {
  const shrunk = pool("lan", ["192.0.2.0-192.0.2.5"]);
  const rest = pool("office", ["192.0.2.6-192.0.2.9"]);

  test("interrupts nobody when the new pool stands before the one that gives room", () => {
    expect(plan(cluster, { edit: files(rest, shrunk) })).toMatchObject({ verdict: "stays", interrupted: [] });
  });

  test("is told when it would, with what becomes of the Service and the order that does not", () => {
    const report = plan(cluster, { edit: files(shrunk, rest) });
    expect(report).toMatchObject({
      verdict: "changes",
      counts: { keeps: 2 },
      // What it was given meanwhile works, so it stays there.
      interrupted: [{ service: "shop/b", addresses: ["192.0.2.8"], after: ["192.0.2.0"], pool: "lan" }],
      notes: ["nothing is interrupted in this order: office, then lan"],
    });
  });
});

describe("a Service that a rival works against", () => {
  test("has what agents announce, though its status does not show it", () => {
    const annotations = { "steelyard.io/contested-addresses": "192.0.2.4" };
    const condition = {
      type: "steelyard.io/Contested",
      status: "True",
      reason: "StatusRewritten",
      message: "",
      lastTransitionTime: "2026-11-22T08:00:00Z",
    } as const;
    const contested = holder("a", [], { annotations, status: { conditions: [condition] } });
    const waits = holder("b", [], { createdAt: "2026-11-22T07:00:00Z" });
    const services = [contested, waits];
    expect(
      told(plan({ pools: [lan], services }, { edit: files(pool("lan", ["192.0.2.4-192.0.2.5"])) })),
    ).toEqual(["shop/a keeps 192.0.2.4 -> 192.0.2.4", "shop/b gains  -> 192.0.2.5"]);
  });
});

describe("a cluster that no operator has brought to rest", () => {
  test("changes without the edit too, and those who do are marked", () => {
    const services = [holder("a", ["192.0.2.1"]), holder("b", [])];
    const report = plan({ pools: [lan], services }, { edit: files(pool("lan", ["192.0.2.0-192.0.2.20"])) });
    expect(report.services.map(({ consequence, isPending }) => [consequence, isPending])).toEqual([
      ["keeps", false],
      ["gains", true],
    ]);
  });

  test("and shows no pool at all may be looked at in the wrong namespace", () => {
    const note = "there is no IPAddressPool in namespace metallb-system; is this the operator's namespace?";
    expect(plan({ pools: [], services: cluster.services }, { edit: files() })).toMatchObject({
      verdict: "changes",
      notes: [note],
    });
    expect(plan(cluster, { edit: files() }).notes).toEqual([]);
  });

  test("Services of another class are none of ours", () => {
    const foreign = holder("z", ["192.0.2.8"], { spec: { loadBalancerClass: "other" } });
    expect(told(plan({ pools: [lan], services: [foreign] }, { deletions: ["lan"] }))).toEqual([]);
  });
});

test("an address that nobody answers for is moved with a word about that", () => {
  const condition = { type: "steelyard.io/Announced", lastTransitionTime: "", message: "" };
  const said = (status: "True" | "False", reason: string) => ({
    status: {
      loadBalancer: { ingress: [{ ip: "192.0.2.9" }] },
      conditions: [{ ...condition, status, reason }],
    },
  });
  const reasonOf = (...given: Parameters<typeof said>) => {
    const service = serviceOf("shop/web", { annotations: { [fromPool]: "lan" }, ...said(...given) });
    const cluster = { pools: [pool("lan", ["192.0.2.8/31"])], services: [service] };
    return plan(cluster, { edit: files(pool("lan", ["192.0.2.8/32"])) }).services[0]?.reason;
  };
  expect(reasonOf("False", "NoReadyEndpoint")).toContain(
    "; nobody answers for it now anyway (NoReadyEndpoint); ",
  );
  expect(reasonOf("True", "Layer2")).not.toContain("nobody answers");
});
