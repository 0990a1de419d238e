import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { stringify } from "yaml";
import { type Bench, pool, service } from "./bench.ts";

interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const isThere = spawnSync("kubectl", ["version", "--client"], { stdio: "ignore" }).status === 0;

/** The real kubectl against the server: what a user does. */
export function kubectlContract(bench: Bench): void {
  const suite = isThere ? describe : describe.skip;
  suite(isThere ? "kubectl" : "kubectl [skipped: no kubectl on the PATH]", () => {
    bench.namespace("kubectl");
    let folder = "";
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), "steelyard-kubectl-"));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    const run = (...args: readonly string[]): Promise<Output> =>
      new Promise((resolve) => {
        const global = [
          "--kubeconfig",
          bench.server().kubeconfigPath,
          "--cache-dir",
          join(folder, "cache"),
          "-n",
          "kubectl",
        ];
        execFile(
          "kubectl",
          [...global, ...args],
          { timeout: 30_000, env: { ...process.env, HOME: folder } },
          (error, stdout, stderr) => {
            resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
          },
        );
      });
    const ok = async (...args: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await run(...args);
      if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr}`);
      return stdout;
    };
    const file = (name: string, ...objects: readonly unknown[]): string => {
      const path = join(folder, `${name}.yaml`);
      writeFileSync(path, objects.map((object) => stringify(object)).join("---\n"));
      return path;
    };

    test("apply creates, changes and leaves alone", async () => {
      const spec = {
        type: "LoadBalancer",
        selector: { app: "x" },
        ports: [
          { name: "http", port: 80 },
          { name: "https", port: 443 },
        ],
      };
      const first = file("apply", service("web", spec), pool("web-pool"));
      expect(await ok("apply", "--server-side=false", "-f", first)).toBe(
        "service/web created\nipaddresspool.metallb.io/web-pool created\n",
      );
      expect(await ok("apply", "--server-side=false", "-f", first)).toBe(
        "service/web unchanged\nipaddresspool.metallb.io/web-pool unchanged\n",
      );
      const changed = file(
        "apply",
        service("web", { ...spec, ports: [{ name: "http", port: 8080 }] }),
        pool("web-pool", { addresses: ["198.51.100.0/24"] }),
      );
      expect(await ok("apply", "--server-side=false", "-f", changed)).toBe(
        "service/web configured\nipaddresspool.metallb.io/web-pool configured\n",
      );
      expect(await ok("get", "service", "web", "-o", "jsonpath={.spec.ports[*].port}")).toBe("8080");
      expect(await ok("get", "ipaddresspool", "web-pool", "-o", "jsonpath={.spec.addresses}")).toBe(
        '["198.51.100.0/24"]',
      );
    });

    test("server-side apply creates, changes, takes back and shares", async () => {
      const ports = [
        { name: "http", port: 80 },
        { name: "https", port: 443 },
      ];
      const first = file(
        "ssa",
        service("ssa", { type: "LoadBalancer", ports }),
        pool("ssa", { addresses: ["192.0.2.0/24"], autoAssign: false }),
      );
      const both = "service/ssa serverside-applied\nipaddresspool.metallb.io/ssa serverside-applied\n";
      expect(await ok("apply", "--server-side", "-f", first)).toBe(both);
      expect(await ok("apply", "--server-side", "-f", first)).toBe(both);
      const less = file(
        "ssa",
        service("ssa", { type: "LoadBalancer", ports: ports.slice(1) }),
        pool("ssa", { addresses: ["198.51.100.0/24"] }),
      );
      expect(await ok("apply", "--server-side", "--dry-run=server", "-f", less)).toContain(
        "(server dry run)",
      );
      expect(await ok("apply", "--server-side", "-f", less)).toBe(both);
      expect(await ok("get", "service", "ssa", "-o", "jsonpath={.spec.ports[*].port}")).toBe("443");
      expect(await ok("get", "ipaddresspool", "ssa", "-o", "jsonpath={.spec.autoAssign}")).toBe("true");
      const managers = "jsonpath={.metadata.managedFields[*].manager}";
      expect(await ok("get", "service", "ssa", "--show-managed-fields", "-o", managers)).toBe("kubectl");
    });

    test("server-side apply names the conflict and can be forced", async () => {
      await ok("apply", "--server-side", "--field-manager=first", "-f", file("rival", pool("rival")));
      const other = file("rival", pool("rival", { addresses: ["198.51.100.0/24"] }));
      const { code, stderr } = await run("apply", "--server-side", "--field-manager=second", "-f", other);
      expect(code).toBe(1);
      expect(stderr).toContain('Apply failed with 1 conflict: conflict with "first": .spec.addresses');
      const forced = ["apply", "--server-side", "--field-manager=second", "--force-conflicts", "-f", other];
      expect(await ok(...forced)).toContain("serverside-applied");
    });

    test("server-side apply takes over what client-side apply made", async () => {
      const before = file("moved", pool("moved", { addresses: ["192.0.2.0/24"], autoAssign: false }));
      await ok("apply", "--server-side=false", "-f", before);
      const after = file("moved", pool("moved", { addresses: ["198.51.100.0/24"] }));
      expect(await ok("apply", "--server-side", "-f", after)).toContain("serverside-applied");
      const spec = "jsonpath={.spec.addresses} {.spec.autoAssign}";
      expect(await ok("get", "ipaddresspool", "moved", "-o", spec)).toBe('["198.51.100.0/24"] true');
    });

    test("apply refuses a misspelt field before anything is stored", async () => {
      const { code, stderr } = await run(
        "apply",
        "--server-side=false",
        "-f",
        file("misspelt", pool("misspelt", { addresses: [], autoAsign: true })),
      );
      expect(code).toBe(1);
      expect(stderr).toContain('unknown field "spec.autoAsign"');
    });

    test("apply shows what the schema refuses", async () => {
      const { code, stderr } = await run(
        "apply",
        "--server-side=false",
        "-f",
        file("invalid", pool("invalid", { addresses: "x" })),
      );
      expect(code).toBe(1);
      expect(stderr).toContain("spec.addresses");
    });

    test("get prints the server's table, for one, for all and wide", async () => {
      await ok(
        "apply",
        "--server-side=false",
        "-f",
        file(
          "get",
          service("shown", { type: "LoadBalancer", clusterIP: "10.96.0.130", selector: { a: "b" } }),
          pool("shown"),
        ),
      );
      const [head = "", row = ""] = (await ok("get", "svc", "shown", "-o", "wide")).trim().split("\n");
      expect(head.split(/\s{2,}/)).toEqual([
        "NAME",
        "TYPE",
        "CLUSTER-IP",
        "EXTERNAL-IP",
        "PORT(S)",
        "AGE",
        "SELECTOR",
      ]);
      expect(row.split(/\s{2,}/).slice(0, 4)).toEqual(["shown", "LoadBalancer", "10.96.0.130", "<pending>"]);
      const pools = await ok("get", "ipaddresspools");
      expect(pools).toMatch(/^NAME +AUTO ASSIGN +AVOID BUGGY IPS +ADDRESSES\n/);
      expect(pools).toMatch(/shown +true +false +\["192\.0\.2\.0\/24"\]/);
      expect(await ok("get", "svc", "-A", "--field-selector", "metadata.name=shown", "-o", "name")).toBe(
        "service/shown\n",
      );
      expect(await ok("get", "svc", "-l", "none=such")).toBe("");
    });

    test.each([
      "bfdprofiles",
      "bgpadvertisements",
      "bgppeers",
      "communities",
      "configurationstates",
      "ipaddresspools",
      "l2advertisements",
      "servicebgpstatuses",
      "servicel2statuses",
    ])("get and explain know %s", async (plural) => {
      expect((await run("get", plural)).code).toBe(0);
      expect(await ok("explain", plural)).toMatch(/GROUP: +metallb\.io/);
    });

    test("explain shows the words of our schemas and the types of core ones", async () => {
      expect(await ok("explain", "ipaddresspool.spec.autoAssign")).toMatch(
        /FIELD: autoAssign <boolean>[\s\S]*DESCRIPTION:\n {4}\S/,
      );
      expect(await ok("explain", "service.spec.loadBalancerClass")).toMatch(
        /FIELD: loadBalancerClass <string>/,
      );
    });

    test("describe shows a Service with its events", async () => {
      const made = await bench
        .client()
        .create(`/api/v1/namespaces/kubectl/services`, service("described", { type: "LoadBalancer" }));
      const involvedObject = {
        apiVersion: "v1",
        kind: "Service",
        namespace: "kubectl",
        name: "described",
        uid: made.metadata.uid,
      };
      const times = {
        firstTimestamp: "2026-11-22T08:00:00Z",
        lastTimestamp: "2026-11-22T08:00:00Z",
        count: 1,
      };
      const source = { component: "metallb-controller" };
      const event = {
        apiVersion: "v1",
        kind: "Event",
        metadata: { name: "described.1", namespace: "kubectl" },
        involvedObject,
        reason: "IPAllocated",
        message: "Assigned IP",
        type: "Normal",
        source,
        ...times,
      };
      await bench.client().create("/api/v1/namespaces/kubectl/events", event);
      const text = await ok("describe", "service", "described");
      expect(text).toMatch(/Name: +described\nNamespace: +kubectl\n/);
      expect(text).toMatch(/Normal +IPAllocated +\S+ +metallb-controller +Assigned IP/);
    });

    test("describe shows a custom resource", async () => {
      await ok("apply", "--server-side=false", "-f", file("describe", pool("described")));
      expect(await ok("describe", "ipaddresspool", "described")).toMatch(
        /Kind: +IPAddressPool[\s\S]*Addresses:\n +192\.0\.2\.0\/24/,
      );
    });

    test("label, annotate and patch", async () => {
      await ok("apply", "--server-side=false", "-f", file("small", pool("small")));
      expect(await ok("label", "ipaddresspool", "small", "tier=gold")).toBe(
        "ipaddresspool.metallb.io/small labeled\n",
      );
      expect(await ok("annotate", "ipaddresspool", "small", "note=hello")).toBe(
        "ipaddresspool.metallb.io/small annotated\n",
      );
      expect(
        await ok("patch", "ipaddresspool", "small", "--type=merge", "-p", '{"spec":{"autoAssign":false}}'),
      ).toContain("patched");
      expect(
        await ok(
          "patch",
          "ipaddresspool",
          "small",
          "--type=json",
          "-p",
          '[{"op":"add","path":"/spec/addresses/-","value":"198.51.100.1/32"}]',
        ),
      ).toContain("patched");
      const status = '{"status":{"assignedIPv4":1,"assignedIPv6":0,"availableIPv4":2,"availableIPv6":0}}';
      expect(
        await ok("patch", "ipaddresspool", "small", "--subresource=status", "--type=merge", "-p", status),
      ).toContain("patched");
      const shown = await ok(
        "get",
        "ipaddresspool",
        "small",
        "-o",
        "jsonpath={.metadata.labels.tier} {.metadata.annotations.note} {.spec.autoAssign} {.spec.addresses[1]} {.status.assignedIPv4}",
      );
      expect(shown).toBe("gold hello false 198.51.100.1/32 1");
      await ok("apply", "--server-side=false", "-f", file("small-svc", service("small")));
      expect(
        await ok("patch", "service", "small", "-p", '{"spec":{"selector":{"app":"patched"}}}'),
      ).toContain("patched");
    });

    test("wait sees a condition and a deletion", async () => {
      await ok(
        "apply",
        "--server-side=false",
        "-f",
        file("waited", service("waited", { type: "LoadBalancer" })),
      );
      const waiting = run(
        "wait",
        "service/waited",
        "--for=jsonpath={.status.loadBalancer.ingress[0].ip}=192.0.2.7",
        "--timeout=20s",
      );
      await bench.client().mergePatch("/api/v1/namespaces/kubectl/services/waited/status", {
        status: { loadBalancer: { ingress: [{ ip: "192.0.2.7" }] } },
      });
      expect((await waiting).stdout).toContain("condition met");
      const gone = run("wait", "service/waited", "--for=delete", "--timeout=20s");
      expect(await ok("delete", "service", "waited")).toContain('service "waited" deleted');
      expect((await gone).code).toBe(0);
    });

    test("delete names what is gone and fails for what is not there", async () => {
      await ok("apply", "--server-side=false", "-f", file("delete", pool("deleted")));
      expect(await ok("delete", "-f", join(folder, "delete.yaml"))).toContain(
        'ipaddresspool.metallb.io "deleted" deleted',
      );
      const { code, stderr } = await run("delete", "ipaddresspool", "deleted");
      expect([code, stderr]).toEqual([
        1,
        expect.stringContaining('ipaddresspools.metallb.io "deleted" not found'),
      ]);
      expect(await ok("delete", "ipaddresspool", "deleted", "--ignore-not-found")).toBe("");
    });

    test("replace, diff and server-side dry run", async () => {
      await ok("apply", "--server-side=false", "-f", file("diffed", pool("diffed")));
      const changed = file("diffed", pool("diffed", { addresses: ["198.51.100.0/24"] }));
      const { code, stdout } = await run("diff", "--server-side=false", "-f", changed);
      expect([code, stdout]).toEqual([1, expect.stringContaining("198.51.100.0/24")]);
      expect(await ok("apply", "--server-side=false", "--dry-run=server", "-f", changed)).toContain(
        "configured (server dry run)",
      );
      expect(await ok("replace", "-f", changed)).toBe("ipaddresspool.metallb.io/diffed replaced\n");
    });

    test("a namespace is applied from a file", async () => {
      const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "kubectl-made" } };
      expect(await ok("apply", "--server-side=false", "-f", file("namespace", namespace))).toBe(
        "namespace/kubectl-made created\n",
      );
      expect(await ok("get", "namespace", "kubectl-made")).toMatch(/kubectl-made +Active/);
    });

    test("api-resources", async () => {
      expect(await ok("api-resources", "--api-group=metallb.io", "-o", "name")).toContain(
        "ipaddresspools.metallb.io",
      );
    });
  });
}
