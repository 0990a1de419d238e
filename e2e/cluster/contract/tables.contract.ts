import { describe, expect, test } from "@jest/globals";
import { type JsonObject } from "../json.ts";
import { type Bench, pool, service } from "./bench.ts";

const accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

interface Table extends JsonObject {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority: number }[];
  readonly rows: readonly { readonly cells: readonly string[]; readonly object?: JsonObject }[];
}

/** Tables: what `kubectl get` prints. */
export function tableContract(bench: Bench): void {
  describe("tables", () => {
    bench.namespace("tables");

    const table = async (path: string): Promise<Table> =>
      (await bench.client().request("GET", path, { accept })).json as Table;

    /** The cells of the row with this name, without its age. */
    const cells = ({ rows, columnDefinitions }: Table, name: string): readonly string[] => {
      const age = columnDefinitions.findIndex((column) => column.name === "Age");
      const row = rows.find(({ object }) => (object?.["metadata"] as { name?: string }).name === name);
      return (row?.cells ?? []).filter((_cell, index) => index !== age);
    };

    test.each([
      ["/api/v1/services", ["Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "*Selector"]],
      ["/api/v1/namespaces", ["Name", "Status", "Age"]],
      [
        "/api/v1/nodes",
        [
          "Name",
          "Status",
          "Roles",
          "Age",
          "Version",
          "*Internal-IP",
          "*External-IP",
          "*OS-Image",
          "*Kernel-Version",
          "*Container-Runtime",
        ],
      ],
      [
        "/api/v1/pods",
        ["Name", "Ready", "Status", "Restarts", "Age", "*IP", "*Node", "*Nominated Node", "*Readiness Gates"],
      ],
      [
        "/api/v1/events",
        [
          "Last Seen",
          "Type",
          "Reason",
          "Object",
          "*Subobject",
          "*Source",
          "Message",
          "*First Seen",
          "*Count",
          "*Name",
        ],
      ],
      ["/api/v1/secrets", ["Name", "Type", "Data", "Age"]],
      ["/api/v1/configmaps", ["Name", "Data", "Age"]],
      ["/apis/coordination.k8s.io/v1/leases", ["Name", "Holder", "Age"]],
      ["/apis/discovery.k8s.io/v1/endpointslices", ["Name", "AddressType", "Ports", "Endpoints", "Age"]],
      ["/apis/metallb.io/v1beta1/ipaddresspools", ["Name", "Auto Assign", "Avoid Buggy IPs", "Addresses"]],
      [
        "/apis/metallb.io/v1beta1/l2advertisements",
        ["Name", "IPAddressPools", "IPAddressPool Selectors", "Interfaces", "*Node Selectors"],
      ],
      ["/apis/metallb.io/v1beta2/bgppeers", ["Name", "Address", "ASN", "BFD Profile", "Multi Hops"]],
      [
        "/apis/metallb.io/v1beta1/servicel2statuses",
        ["Name", "Allocated Node", "Service Name", "Service Namespace"],
      ],
    ])("columns of %s (* = wide)", async (path, expected) => {
      const { columnDefinitions } = await table(path);
      expect(columnDefinitions.map(({ name, priority }) => (priority === 0 ? name : `*${name}`))).toEqual(
        expected,
      );
    });

    test("a Service's row", async () => {
      const client = bench.client();
      const path = "/api/v1/namespaces/tables/services";
      await client.create(path, service("plain", { clusterIP: "10.96.0.201" }));
      await client.create(
        path,
        service("pending", {
          type: "LoadBalancer",
          clusterIP: "10.96.0.202",
          selector: { app: "x", tier: "y" },
          ports: [{ port: 80, nodePort: 30_010 }],
        }),
      );
      await client.create(
        path,
        service("balanced", {
          type: "LoadBalancer",
          clusterIP: "10.96.0.203",
          ports: [
            { name: "a", port: 80, nodePort: 30_011 },
            { name: "b", port: 53, protocol: "UDP", nodePort: 30_012 },
          ],
        }),
      );
      await client.mergePatch(`${path}/balanced/status`, {
        status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }, { ip: "2001:db8::1" }] } },
      });
      const shown = await table(path);
      expect(shown).toMatchObject({ kind: "Table", apiVersion: "meta.k8s.io/v1" });
      expect(cells(shown, "plain")).toEqual([
        "plain",
        "ClusterIP",
        "10.96.0.201",
        "<none>",
        "80/TCP",
        "<none>",
      ]);
      expect(cells(shown, "pending")).toEqual([
        "pending",
        "LoadBalancer",
        "10.96.0.202",
        "<pending>",
        "80:30010/TCP",
        "app=x,tier=y",
      ]);
      expect(cells(shown, "balanced")).toEqual([
        "balanced",
        "LoadBalancer",
        "10.96.0.203",
        "192.0.2.1,2001:db8::1",
        "80:30011/TCP,53:30012/UDP",
        "<none>",
      ]);
      expect(shown.rows[0]?.object).toMatchObject({
        kind: "PartialObjectMetadata",
        apiVersion: "meta.k8s.io/v1",
      });
    });

    test("a pool's row", async () => {
      const path = "/apis/metallb.io/v1beta1/namespaces/tables/ipaddresspools";
      await bench.client().create(path, pool("p", { addresses: ["192.0.2.0/24", "2001:db8::/120"] }));
      expect((await table(path)).rows[0]?.cells).toEqual([
        "p",
        true,
        false,
        '["192.0.2.0/24","2001:db8::/120"]',
      ]);
      expect((await table(`${path}/p`)).rows[0]?.cells).toEqual([
        "p",
        true,
        false,
        '["192.0.2.0/24","2001:db8::/120"]',
      ]);
    });

    test("a Node's row", async () => {
      const node = {
        apiVersion: "v1",
        kind: "Node",
        metadata: { name: "table-node", labels: { "node-role.kubernetes.io/control-plane": "" } },
        spec: { unschedulable: true },
        status: {
          conditions: [{ type: "Ready", status: "True" }],
          addresses: [{ type: "InternalIP", address: "10.0.0.1" }],
          nodeInfo: { kubeletVersion: "v1.36.0" },
        },
      };
      await bench.client().create("/api/v1/nodes", node);
      const row = cells(await table("/api/v1/nodes"), "table-node");
      expect(row.slice(0, 5)).toEqual([
        "table-node",
        "Ready,SchedulingDisabled",
        "control-plane",
        "v1.36.0",
        "10.0.0.1",
      ]);
      await bench.client().delete("/api/v1/nodes/table-node");
    });

    test("an endpoint slice's row", async () => {
      const path = "/apis/discovery.k8s.io/v1/namespaces/tables/endpointslices";
      const endpoints = [1, 2, 3, 4, 5].map((last) => ({ addresses: [`10.1.1.${last}`] }));
      const slice = {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { name: "s" },
        addressType: "IPv4",
        endpoints,
        ports: [{ port: 80 }],
      };
      await bench.client().create(path, slice);
      await bench.client().create(path, { ...slice, metadata: { name: "empty" }, endpoints: [], ports: [] });
      const shown = await table(path);
      expect(cells(shown, "s")).toEqual(["s", "IPv4", "80", "10.1.1.1,10.1.1.2,10.1.1.3 + 2 more..."]);
      expect(cells(shown, "empty")).toEqual(["empty", "IPv4", "<unset>", "<unset>"]);
    });

    test("only the first event of a watch describes the columns", async () => {
      const reply = await bench
        .client()
        .request("GET", "/api/v1/namespaces?watch=true&timeoutSeconds=1", { accept });
      const events = reply.text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { type: string; object: Table });
      expect(events.length).toBeGreaterThan(3);
      expect(events[0]?.object.columnDefinitions.length).toBe(3);
      expect((events[1]?.object.columnDefinitions ?? []).length).toBe(0);
      expect(events[1]?.object.rows).toHaveLength(1);
    });
  });
}
