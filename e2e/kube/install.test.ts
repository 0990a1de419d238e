import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { poolObject, systemNamespace } from "../topology/objects.ts";
import { monotonicMillis } from "../topology/monotonic.ts";
import { eventually } from "../topology/eventually.ts";
import { inWords } from "../topology/visits.ts";
import { type Visitor } from "../topology/visitor.ts";
import { describeKube } from "./describe-kube.ts";
import { KubeLab, release } from "./kube-lab.ts";
import { layer2Values } from "./values.ts";

// The first ten minutes of a user, and the last.
describeKube("a release on a genuine cluster", [], () => {
  let kube: KubeLab;
  let addresses: readonly string[];
  beforeAll(async () => {
    kube = await KubeLab.create();
    await kube.createWebPods("web", [1, 2, 3]);
  }, 180_000);
  afterAll(() => kube.end(), 60_000);

  test("helm install: the first Service is reachable within ten seconds", async () => {
    const began = monotonicMillis();
    const notes = await kube.helm.install(release, layer2Values);
    const installed = monotonicMillis();
    expect(notes).toContain("STATUS: deployed");
    await kube.lab.createService("web", "dual");
    for (const host of ["192.168.7.40", "[fd07::40]"])
      expect(await kube.lab.reach(`http://${host}/`)).toMatch(/^pod[123]$/);
    const reachable = monotonicMillis();
    tell(`helm install ${inSeconds(installed - began)}, reachable after ${inSeconds(reachable - began)}`);
    expect(reachable - began).toBeLessThan(10_000);
  });

  test("every Pod is ready without a restart, and no program logged a warning", async () => {
    await kube.untilRolledOut();
    expect(kube.pods.restarts).toBe(0);
    expect(kube.complaints).toEqual([]);
  });

  test("the processes have the rights that the chart asks for, and no more", () => {
    const uid = kube.lab.hasOnlyRoot ? "0" : "65534";
    for (const { component, capabilities } of [
      { component: "controller", capabilities: 0n },
      { component: "speaker", capabilities: (1n << 10n) | (1n << 13n) },
    ] as const) {
      const pods = kube.pods.pods(component);
      expect(pods).toHaveLength(component === "controller" ? 2 : 3);
      for (const { pid } of pods.flatMap(({ programs }) => programs)) {
        const status = kube.lab.processStatus(pid);
        expect(status["Uid"]?.split("\t")[0]).toBe(uid);
        expect(BigInt(`0x${status["CapEff"] ?? ""}`)).toBe(capabilities);
        expect(BigInt(`0x${status["CapBnd"] ?? ""}`)).toBe(capabilities);
        expect(status["NoNewPrivs"]).toBe("1");
      }
    }
  });

  test("helm upgrade: every Pod is replaced, no connection is lost, and no address changes", async () => {
    addresses = await kube.lab.addresses("web");
    const before = uids(kube);
    const visitors: Visitor[] = [];
    for (const address of addresses) visitors.push(await kube.lab.visit(address));
    await kube.helm.upgrade(release, {
      ...layer2Values,
      controller: { podAnnotations: { revision: "two" } },
      speaker: { podAnnotations: { revision: "two" } },
    });
    await kube.untilRolledOut(120_000);
    // The last agent replaced has the addresses back, or another keeps them.
    for (const address of addresses) await kube.lab.soleOwner(address);
    for (const visitor of visitors) {
      const report = await visitor.stop();
      tell(`helm upgrade, ${visitor.address}: ${inWords(report)}`);
      expect({ lost: report.lost, cut: report.cut }).toEqual({ lost: 0, cut: 0 });
    }
    expect(uids(kube).filter((uid) => before.includes(uid))).toEqual([]);
    expect(await kube.lab.addresses("web")).toEqual(addresses);
  });

  test("nothing was refused by RBAC, and no program logged a warning, on all that way", async () => {
    expect(await kube.refusals()).toEqual([]);
    expect(kube.complaints).toEqual([]);
  });

  test("helm uninstall: programs go; addresses, definitions and configuration stay", async () => {
    await kube.helm.uninstall(release);
    await eventually(
      "the last Pod to go",
      async () => (await kube.lab.kube.list(`/api/v1/namespaces/${systemNamespace}/pods`)).length === 0,
      60_000,
    );
    expect(await kube.lab.addresses("web")).toEqual(addresses);
    expect((await kube.lab.list("ipaddresspools")).map(({ metadata }) => metadata.name)).toEqual(["lan"]);
    expect((await kube.lab.list("l2advertisements")).map(({ metadata }) => metadata.name)).toEqual(["lan"]);
    expect(await kube.lab.get(poolObject("lan", []))).toMatchObject({
      spec: { addresses: layer2Values.pools[0].addresses },
    });
  });

  test("helm install again takes over what it left: same addresses, reachable", async () => {
    await kube.helm.install(release, layer2Values);
    for (const host of ["192.168.7.40", "[fd07::40]"]) await kube.lab.reach(`http://${host}/`);
    expect(await kube.lab.addresses("web")).toEqual(addresses);
  });
});

function uids(kube: KubeLab): readonly string[] {
  return (["controller", "speaker"] as const)
    .flatMap((component) => kube.pods.pods(component))
    .map(({ pod }) => pod.metadata.uid);
}

function inSeconds(millis: number): string {
  return `${(millis / 1000).toFixed(1)} s`;
}

function tell(text: string): void {
  process.stderr.write(`      ${text}\n`);
}
