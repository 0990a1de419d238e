import { describe, expect, test } from "@jest/globals";
import { type JsonObject } from "../json.ts";
import { type Bench, refusalOf, service } from "./bench.ts";

const services = "/api/v1/namespaces/services/services";

interface ServiceSpec {
  readonly clusterIP?: string;
  readonly clusterIPs?: readonly string[];
  readonly ipFamilies?: readonly string[];
  readonly ipFamilyPolicy?: string;
  readonly healthCheckNodePort?: number;
  readonly ports: readonly {
    readonly port: number;
    readonly nodePort?: number;
    readonly protocol: string;
    readonly targetPort: unknown;
  }[];
}

/** New Services: defaults, cluster IPs, node ports, and what is refused. */
export function serviceContract(bench: Bench): void {
  describe("new Services", () => {
    bench.namespace("services");

    const create = async (name: string, spec: JsonObject): Promise<ServiceSpec> =>
      (await bench.client().create<{ spec: ServiceSpec }>(services, service(name, spec))).spec;
    const refused = async (name: string, spec: JsonObject): Promise<ReturnType<typeof refusalOf>> =>
      refusalOf(await bench.client().request("POST", services, { body: service(name, spec) }));

    test("a load balancer gets its defaults, an address and a node port", async () => {
      const spec = await create("balanced", { type: "LoadBalancer", selector: { app: "x" } });
      const [address = ""] = spec.clusterIPs ?? [];
      const [port] = spec.ports;
      expect(address).toMatch(/^10\.96\.\d+\.\d+$/);
      expect(port?.nodePort).toBeGreaterThanOrEqual(30_000);
      expect(port?.nodePort).toBeLessThanOrEqual(32_767);
      expect(spec).toEqual({
        type: "LoadBalancer",
        selector: { app: "x" },
        clusterIP: address,
        clusterIPs: [address],
        ipFamilies: ["IPv4"],
        ipFamilyPolicy: "SingleStack",
        ports: [{ port: 80, protocol: "TCP", targetPort: 80, nodePort: port?.nodePort }],
        sessionAffinity: "None",
        externalTrafficPolicy: "Cluster",
        internalTrafficPolicy: "Cluster",
        allocateLoadBalancerNodePorts: true,
      });
    });

    test("a plain Service gets no more than it needs", async () => {
      const spec = await create("plain", { ports: [{ port: 80, targetPort: "http" }] });
      expect(Object.keys(spec).sort()).toEqual(
        [
          "clusterIP",
          "clusterIPs",
          "internalTrafficPolicy",
          "ipFamilies",
          "ipFamilyPolicy",
          "ports",
          "sessionAffinity",
          "type",
        ].sort(),
      );
      expect(spec.ports).toEqual([{ port: 80, protocol: "TCP", targetPort: "http" }]);
    });

    test.each([
      ["v6", { ipFamilies: ["IPv6"] }, ["IPv6"], "SingleStack"],
      ["prefer", { ipFamilyPolicy: "PreferDualStack" }, ["IPv4", "IPv6"], "PreferDualStack"],
      [
        "require-v6-first",
        { ipFamilyPolicy: "RequireDualStack", ipFamilies: ["IPv6"] },
        ["IPv6", "IPv4"],
        "RequireDualStack",
      ],
      [
        "require-both",
        { ipFamilyPolicy: "RequireDualStack", ipFamilies: ["IPv6", "IPv4"] },
        ["IPv6", "IPv4"],
        "RequireDualStack",
      ],
    ])("families of %s", async (name, asked, families, policy) => {
      const spec = await create(name, asked);
      expect(spec).toMatchObject({ ipFamilies: families, ipFamilyPolicy: policy });
      expect((spec.clusterIPs ?? []).map((text) => (text.includes(":") ? "IPv6" : "IPv4"))).toEqual(families);
      expect(spec.clusterIP).toBe(spec.clusterIPs?.[0]);
    });

    test("a headless Service has no address; without selector it may name pods of both families", async () => {
      expect(await create("headless", { clusterIP: "None", selector: { a: "b" } })).toMatchObject({
        clusterIPs: ["None"],
        ipFamilies: ["IPv4"],
        ipFamilyPolicy: "SingleStack",
      });
      expect(await create("headless-bare", { clusterIP: "None" })).toMatchObject({
        clusterIPs: ["None"],
        ipFamilies: ["IPv4", "IPv6"],
        ipFamilyPolicy: "RequireDualStack",
      });
    });

    test("an address may be asked for, once", async () => {
      expect(await create("asked", { clusterIP: "10.96.0.77" })).toMatchObject({
        clusterIPs: ["10.96.0.77"],
        ipFamilies: ["IPv4"],
      });
      expect(await refused("asked-again", { clusterIP: "10.96.0.77" })).toMatchObject({
        code: 422,
        causes: ["FieldValueInvalid spec.clusterIPs"],
      });
      expect(await refused("asked-outside", { clusterIP: "10.97.7.7" })).toMatchObject({
        code: 422,
        causes: ["FieldValueInvalid spec.clusterIPs"],
      });
    });

    test("a refused Service leaves nothing taken", async () => {
      expect(
        (
          await refused("half", {
            type: "NodePort",
            clusterIP: "10.96.0.88",
            ports: [{ port: 0, nodePort: 30_021 }],
          })
        ).code,
      ).toBe(422);
      expect(
        await create("whole", {
          type: "NodePort",
          clusterIP: "10.96.0.88",
          ports: [{ port: 80, nodePort: 30_021 }],
        }),
      ).toMatchObject({
        clusterIP: "10.96.0.88",
        ports: [{ nodePort: 30_021 }],
      });
    });

    test("a node port may be asked for, once, whatever the protocol", async () => {
      const ports = (protocol: string, nodePort: number): JsonObject => ({
        type: "NodePort",
        ports: [{ port: 80, protocol, nodePort }],
      });
      expect((await create("np", ports("TCP", 30_020))).ports[0]?.nodePort).toBe(30_020);
      expect(await refused("np-again", ports("TCP", 30_020))).toMatchObject({
        code: 422,
        causes: ["FieldValueInvalid spec.ports[0].nodePort"],
      });
      expect(await refused("np-outside", ports("TCP", 310))).toMatchObject({
        code: 422,
        causes: ["FieldValueInvalid spec.ports[0].nodePort"],
      });
      expect(await refused("np-udp", ports("UDP", 30_020))).toMatchObject({
        code: 422,
        causes: ["FieldValueInvalid spec.ports[0].nodePort"],
      });
    });

    test("node ports can be declined", async () => {
      const spec = await create("declined", {
        type: "LoadBalancer",
        allocateLoadBalancerNodePorts: false,
        loadBalancerClass: "example.org/lb",
      });
      expect(spec.ports[0]).not.toHaveProperty("nodePort");
      expect(spec).toMatchObject({
        loadBalancerClass: "example.org/lb",
        allocateLoadBalancerNodePorts: false,
      });
    });

    test("local traffic brings a health check port", async () => {
      const spec = await create("local", { type: "LoadBalancer", externalTrafficPolicy: "Local" });
      expect(spec.healthCheckNodePort).toBeGreaterThanOrEqual(30_000);
    });

    test("TCP and UDP on one port share a node port", async () => {
      const ports = [
        { name: "tcp", port: 53, protocol: "TCP" },
        { name: "udp", port: 53, protocol: "UDP" },
      ];
      const spec = await create("dns", { type: "LoadBalancer", ports });
      expect(spec.ports[0]?.nodePort).toBe(spec.ports[1]?.nodePort);
    });

    test("client affinity gets its timeout", async () => {
      expect(await create("sticky", { sessionAffinity: "ClientIP" })).toMatchObject({
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } },
      });
    });

    test("an external name needs no ports and gets no address", async () => {
      const body = {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "alias" },
        spec: { type: "ExternalName", externalName: "a.example" },
      };
      const { spec } = await bench.client().create<{ spec: unknown }>(services, body);
      expect(spec).toEqual({ type: "ExternalName", externalName: "a.example", sessionAffinity: "None" });
    });

    test.each<[string, JsonObject, readonly string[]]>([
      ["no ports", { ports: [] }, ["FieldValueRequired spec.ports"]],
      ["an unknown type", { type: "Other" }, ["FieldValueNotSupported spec.type"]],
      ["an unknown affinity", { sessionAffinity: "Some" }, ["FieldValueNotSupported spec.sessionAffinity"]],
      [
        "unnamed ports",
        { ports: [{ port: 80 }, { port: 81 }] },
        ["FieldValueRequired spec.ports[0].name", "FieldValueRequired spec.ports[1].name"],
      ],
      [
        "a port name that is none",
        { ports: [{ port: 80, name: "A_" }] },
        ["FieldValueInvalid spec.ports[0].name"],
      ],
      ["port 0", { ports: [{ port: 0, targetPort: 80 }] }, ["FieldValueInvalid spec.ports[0].port"]],
      [
        "an unknown protocol",
        { ports: [{ port: 80, protocol: "X" }] },
        ["FieldValueNotSupported spec.ports[0].protocol"],
      ],
      [
        "a port twice",
        {
          ports: [
            { port: 80, name: "a" },
            { port: 80, name: "b" },
          ],
        },
        ["FieldValueDuplicate spec.ports[1]"],
      ],
      [
        "a port name twice",
        {
          ports: [
            { port: 80, name: "a" },
            { port: 81, name: "a" },
          ],
        },
        ["FieldValueDuplicate spec.ports[1].name"],
      ],
      [
        "a node port inside",
        { ports: [{ port: 80, nodePort: 30_022 }] },
        ["FieldValueForbidden spec.ports[0].nodePort"],
      ],
      [
        "an external name without the name",
        { type: "ExternalName" },
        ["FieldValueRequired spec.externalName"],
      ],
      [
        "a load balancer's fields elsewhere",
        { loadBalancerClass: "a/b", allocateLoadBalancerNodePorts: true, externalTrafficPolicy: "Local" },
        [
          "FieldValueForbidden spec.allocateLoadBalancerNodePorts",
          "FieldValueForbidden spec.loadBalancerClass",
          "FieldValueInvalid spec.externalTrafficPolicy",
        ],
      ],
      [
        "a class that is no name",
        { type: "LoadBalancer", loadBalancerClass: "not a class" },
        ["FieldValueInvalid spec.loadBalancerClass"],
      ],
      [
        "two families under SingleStack",
        { ipFamilies: ["IPv6", "IPv4"] },
        ["FieldValueInvalid spec.ipFamilyPolicy"],
      ],
      ["an unknown family", { ipFamilies: ["IPv5"] }, ["FieldValueNotSupported spec.ipFamilies[0]"]],
      ["an unknown policy", { ipFamilyPolicy: "Triple" }, ["FieldValueNotSupported spec.ipFamilyPolicy"]],
      [
        "an address of another family",
        { clusterIP: "fd96::7", ipFamilies: ["IPv4"] },
        ["FieldValueInvalid spec.clusterIPs[0]"],
      ],
      ["no address at all", { clusterIP: "nonsense" }, ["FieldValueInvalid spec.clusterIPs[0]"]],
      [
        "a source range that is none",
        { type: "LoadBalancer", loadBalancerSourceRanges: ["10.0.0.0/40"] },
        ["FieldValueInvalid spec.LoadBalancerSourceRanges[0]"],
      ],
      [
        "an external address that is none",
        { externalIPs: ["300.0.0.1"] },
        ["FieldValueInvalid spec.externalIPs[0]"],
      ],
      [
        "addresses but no first address",
        { clusterIPs: ["10.96.0.111"] },
        ["FieldValueInvalid spec.clusterIPs"],
      ],
      [
        "two different first addresses",
        { clusterIP: "10.96.0.112", clusterIPs: ["10.96.0.111"] },
        ["FieldValueInvalid spec.clusterIPs"],
      ],
      [
        "a family twice",
        { ipFamilies: ["IPv4", "IPv4"], ipFamilyPolicy: "PreferDualStack" },
        ["FieldValueDuplicate spec.ipFamilies[1]"],
      ],
      [
        "a health check port for nothing",
        { healthCheckNodePort: 30_024 },
        ["FieldValueInvalid spec.healthCheckNodePort"],
      ],
      [
        "host bits in a source range",
        { type: "LoadBalancer", loadBalancerSourceRanges: ["10.0.0.1/8"] },
        ["FieldValueInvalid spec.LoadBalancerSourceRanges[0]"],
      ],
      [
        "source ranges inside",
        { loadBalancerSourceRanges: ["10.0.0.0/8"] },
        ["FieldValueForbidden spec.LoadBalancerSourceRanges"],
      ],
      [
        "an external address that is every node's own",
        { externalIPs: ["127.0.0.1"] },
        ["FieldValueInvalid spec.externalIPs[0]"],
      ],
      [
        "a node port twice",
        {
          type: "NodePort",
          ports: [
            { name: "a", port: 80, nodePort: 30_023 },
            { name: "b", port: 81, nodePort: 30_023 },
          ],
        },
        ["FieldValueInvalid spec.ports[1].nodePort"],
      ],
      [
        "an endless session",
        { sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 86_401 } } },
        ["FieldValueInvalid spec.sessionAffinityConfig.clientIP.timeoutSeconds"],
      ],
      [
        "an application protocol that is no name",
        { ports: [{ port: 80, appProtocol: "a b" }] },
        ["FieldValueInvalid spec.ports[0].appProtocol"],
      ],
      [
        "a load balancer without address",
        { type: "LoadBalancer", clusterIP: "None" },
        ["FieldValueInvalid spec.clusterIPs[0]"],
      ],
      ["a selector that is none", { selector: { "a b": "c" } }, ["FieldValueInvalid spec.selector"]],
    ])("a Service with %s is refused", async (what, spec, causes) => {
      const name = what.replaceAll(/[^a-z0-9]+/gi, "-").toLowerCase();
      expect(await refused(name, spec)).toMatchObject({ code: 422, reason: "Invalid", causes });
    });

    test("a Service's name must be a DNS label", async () => {
      expect(await refused("with.dot", {})).toMatchObject({
        code: 422,
        causes: ["FieldValueInvalid metadata.name"],
      });
    });
  });
}
