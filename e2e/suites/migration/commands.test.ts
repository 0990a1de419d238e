import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { parseAllDocuments } from "yaml";
import { type ClusterObject } from "../../cluster/index.ts";
import { attempt, type CommandResult } from "../../topology/command.ts";
import { builtProgram } from "../../topology/dist.ts";
import { Lab } from "../../topology/lab.ts";
import { bgpPeerObject, poolObject, systemNamespace } from "../../topology/objects.ts";
import { api, describeSwap } from "./swap-lab.ts";

interface Report {
  readonly verdict: string;
  readonly metallb: Readonly<Record<string, string | null>>;
  readonly findings: readonly {
    readonly severity: string;
    readonly object: string;
    readonly field: string;
  }[];
  readonly unread: readonly string[];
}

/** As MetalLB's manifests have it, as far as anything looks at it. */
const controller: ClusterObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "controller", namespace: systemNamespace },
  spec: {
    selector: { matchLabels: { app: "metallb" } },
    template: {
      metadata: { labels: { app: "metallb" } },
      spec: {
        containers: [
          {
            name: "controller",
            image: "quay.io/metallb/controller:v0.16.1",
            args: ["--port=9120", "--webhook-secret=x"],
          },
        ],
      },
    },
  },
};

describeSwap("the commands for whoever comes from somewhere else", () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await Lab.create({ nodes: 1, definitions: "metallb", api });
    await lab.apply(
      poolObject("lan", ["192.168.7.100-192.168.7.109"]),
      poolObject("more", ["192.168.7.110-192.168.7.119"]),
    );
    await lab.startMetallbController();
    await lab.createService("web", "IPv4", { annotations: { "metallb.universe.tf/address-pool": "lan" } });
    await lab.untilAddresses("web", 1);
    if (api === "genuine")
      await lab.kube.create(`/apis/apps/v1/namespaces/${systemNamespace}/deployments`, controller);
  });
  afterAll(() => lab.end());

  function run(args: readonly string[], input?: string): Promise<CommandResult> {
    const options = input === undefined ? {} : { input };
    return attempt(process.execPath, [builtProgram("operator.mjs"), ...args], options);
  }

  async function check(): Promise<{ readonly status: number; readonly report: Report }> {
    const cluster = ["--kubeconfig", lab.kubeconfigPath, "--namespace", systemNamespace];
    const { status, stdout, stderr } = await run(["check-upgrade", ...cluster, "-o", "json"]);
    if (status === 2) throw new Error(stderr);
    return { status, report: JSON.parse(stdout) as Report };
  }

  test("check-upgrade only reads; of a cluster at rest it says that traffic stays", async () => {
    await lab.api.audit.reset();
    const { status, report } = await check();
    const requests = await lab.api.audit.requests({ userAgent: "steelyard-check-upgrade" });
    expect(requests.length).toBeGreaterThan(10);
    expect([...new Set(requests.map(({ verb }) => verb))]).toEqual(["list"]);
    expect(report.unread).toEqual([]);
    expect(report.findings.filter(({ severity }) => severity === "traffic")).toEqual([]);
    expect(status).toBe(0);
    const found = report.findings.map(({ object, field }) => `${object} ${field}`.trim());
    expect(found).toEqual(
      expect.arrayContaining([
        'Service default/web metadata.annotations["metallb.universe.tf/address-pool"]',
        "IPAddressPool lan, more",
      ]),
    );
    if (api === "genuine") {
      expect(report.metallb).toMatchObject({
        version: "0.16.1",
        controller: `Deployment ${systemNamespace}/controller`,
      });
      expect(found).toContain(`Deployment ${systemNamespace}/controller --webhook-secret`);
    }
  });

  test("a peer that our parser refuses changes traffic", async () => {
    const peer = bgpPeerObject("multicast", { myASN: 1, peerASN: 1, peerAddress: "224.0.0.5" });
    await lab.apply(peer);
    const { status, report } = await check();
    expect(status).toBe(1);
    expect(report).toMatchObject({ verdict: "changes-traffic" });
    expect(report.findings[0]).toMatchObject({
      severity: "traffic",
      object: `BGPPeer ${systemNamespace}/multicast`,
      field: "spec.peerAddress",
    });
    await lab.remove(peer);
  });

  test("a cluster that cannot be reached is not judged", async () => {
    const missing = ["--kubeconfig", "/nowhere/kubeconfig", "--namespace", systemNamespace];
    expect(await run(["check-upgrade", ...missing])).toMatchObject({ status: 2, stdout: "" });
  });

  test("what import prints is taken by the API server as it is", async () => {
    const given = `apiVersion: network.kubesphere.io/v1alpha2
kind: Eip
metadata: { name: imported }
spec: { address: 192.168.7.120-192.168.7.129, protocol: layer2, interface: eth0 }
`;
    const { status, stdout } = await run(["import", "-f", "-"], given);
    expect(status).toBe(0);
    const objects = parseAllDocuments(stdout).map((document) => document.toJS() as ClusterObject);
    expect(objects.map(({ kind }) => kind)).toEqual(["IPAddressPool", "L2Advertisement"]);
    await lab.apply(...objects);
  });

  test("what import cannot understand is named by file, object and field, and nothing is printed", async () => {
    const given =
      "apiVersion: network.kubesphere.io/v1alpha2\nkind: Eip\nmetadata: { name: bad }\nspec: { protocol: layer2 }\n";
    expect(await run(["import", "-f", "-"], given)).toEqual({
      status: 2,
      stdout: "",
      stderr: expect.stringContaining("standard input: Eip bad: spec.address is required") as unknown,
    });
  });
});
