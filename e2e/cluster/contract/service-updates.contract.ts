import { describe, expect, test } from "@jest/globals";
import { type JsonObject } from "../json.ts";
import { type Bench, mergePatch, refusalOf, service } from "./bench.ts";

const services = "/api/v1/namespaces/service-updates/services";

interface Shown {
  readonly spec: JsonObject & {
    readonly clusterIP?: string;
    readonly clusterIPs?: readonly string[];
    readonly ports: readonly { readonly nodePort?: number; readonly name?: string }[];
  };
  readonly status: JsonObject;
}

/** Services that change: what they keep, what they lose, what may not change. */
export function serviceUpdateContract(bench: Bench): void {
  describe("changing Services", () => {
    bench.namespace("service-updates");

    const made = (name: string, spec: JsonObject): Promise<Shown> =>
      bench.client().create<Shown>(services, service(name, spec));
    const patch = (name: string, body: unknown): Promise<Shown> =>
      bench.client().mergePatch<Shown>(`${services}/${name}`, body);
    const refused = async (name: string, spec: unknown): Promise<ReturnType<typeof refusalOf>> =>
      refusalOf(
        await bench.client().request("PATCH", `${services}/${name}`, { ...mergePatch, body: { spec } }),
      );

    test("class and address may not change once set", async () => {
      await made("fixed", { type: "LoadBalancer" });
      expect(await refused("fixed", { loadBalancerClass: "a/b" })).toMatchObject({
        code: 422,
        causes: ["FieldValueInvalid spec.loadBalancerClass"],
      });
      expect(await refused("fixed", { clusterIP: "10.96.0.133" })).toMatchObject({
        code: 422,
        causes: ["FieldValueInvalid spec.clusterIPs[0]"],
      });
      await made("classed", { type: "LoadBalancer", loadBalancerClass: "a/b" });
      expect(await refused("classed", { loadBalancerClass: "a/c" })).toMatchObject({ code: 422 });
      expect(await refused("classed", { loadBalancerClass: null })).toMatchObject({ code: 422 });
    });

    test("a load balancer that becomes a plain Service loses what a load balancer has", async () => {
      const before = await made("retired", { type: "LoadBalancer", externalTrafficPolicy: "Local" });
      await bench.client().mergePatch(`${services}/retired/status`, {
        status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } },
      });
      const { spec, status } = await patch("retired", { spec: { type: "ClusterIP" } });
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
      expect(spec.clusterIP).toBe(before.spec.clusterIP);
      expect(spec.ports[0]).not.toHaveProperty("nodePort");
      expect(status).toEqual({ loadBalancer: {} });
    });

    test("a plain Service becomes a load balancer, with a class chosen then", async () => {
      await made("promoted", {});
      const { spec } = await patch("promoted", { spec: { type: "LoadBalancer", loadBalancerClass: "a/b" } });
      expect(spec).toMatchObject({
        externalTrafficPolicy: "Cluster",
        allocateLoadBalancerNodePorts: true,
        loadBalancerClass: "a/b",
      });
      expect(spec.ports[0]?.nodePort).toBeGreaterThanOrEqual(30_000);
      const plain = await patch("promoted", { spec: { type: "NodePort" } });
      expect(plain.spec).not.toHaveProperty("loadBalancerClass");
      expect(plain.spec.ports[0]?.nodePort).toBe(spec.ports[0]?.nodePort);
    });

    test("an external name gives its address back", async () => {
      await made("aliased", {});
      const { spec } = await patch("aliased", { spec: { type: "ExternalName", externalName: "a.example" } });
      for (const field of [
        "clusterIP",
        "clusterIPs",
        "ipFamilies",
        "ipFamilyPolicy",
        "internalTrafficPolicy",
      ])
        expect(spec).not.toHaveProperty(field);
    });

    test("a second family comes and goes with the policy", async () => {
      const before = await made("growing", { type: "LoadBalancer" });
      const dual = await patch("growing", { spec: { ipFamilyPolicy: "PreferDualStack" } });
      expect(dual.spec).toMatchObject({ ipFamilies: ["IPv4", "IPv6"] });
      expect(dual.spec.clusterIPs).toHaveLength(2);
      expect(dual.spec.clusterIP).toBe(before.spec.clusterIP);
      const single = await patch("growing", { spec: { ipFamilyPolicy: "SingleStack" } });
      expect(single.spec).toMatchObject({ ipFamilies: ["IPv4"], clusterIPs: [before.spec.clusterIP] });
    });

    test("the second family goes only with the policy", async () => {
      await made("both", { ipFamilyPolicy: "PreferDualStack" });
      expect(await refused("both", { ipFamilies: ["IPv4"] })).toMatchObject({
        code: 422,
        causes: ["FieldValueInvalid spec.ipFamilyPolicy"],
      });
      const { spec } = await patch("both", { spec: { ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" } });
      expect(spec.clusterIPs).toHaveLength(1);
    });

    test("an empty address means the one it has", async () => {
      const before = await made("blank", {});
      expect((await patch("blank", { spec: { clusterIP: "" } })).spec.clusterIP).toBe(before.spec.clusterIP);
    });

    test("a replacement creates what is not there", async () => {
      const reply = await bench.client().request("PUT", `${services}/put`, { body: service("put") });
      expect(reply.code).toBe(201);
      const misnamed = await bench
        .client()
        .request("PUT", `${services}/put-other`, { body: service("put-another") });
      expect(refusalOf(misnamed)).toMatchObject({ code: 400, reason: "BadRequest" });
    });

    test("the first family may not change", async () => {
      await made("first-family", {});
      expect(await refused("first-family", { ipFamilies: ["IPv6"] })).toMatchObject({
        code: 422,
        causes: ["FieldValueInvalid spec.clusterIPs[0]"],
      });
    });

    test("a replacement that leaves allocated values out keeps them", async () => {
      const before = await made("replaced", { type: "LoadBalancer", ipFamilyPolicy: "RequireDualStack" });
      const { spec } = await bench
        .client()
        .replace<Shown>(`${services}/replaced`, service("replaced", { type: "LoadBalancer" }));
      expect(spec).toMatchObject({
        clusterIPs: before.spec.clusterIPs,
        ipFamilyPolicy: "RequireDualStack",
        ipFamilies: ["IPv4", "IPv6"],
      });
      expect(spec.ports[0]?.nodePort).toBe(before.spec.ports[0]?.nodePort);
    });

    test("node ports belong to the name of a port", async () => {
      const ports = [
        { name: "a", port: 80 },
        { name: "b", port: 81 },
      ];
      const before = await made("named-ports", { type: "LoadBalancer", ports });
      const renumbered = await patch("named-ports", {
        spec: {
          ports: [
            { name: "b", port: 91 },
            { name: "a", port: 90 },
          ],
        },
      });
      const byName = ({ spec }: Shown): Map<string, number | undefined> =>
        new Map(spec.ports.map(({ name = "", nodePort }) => [name, nodePort]));
      expect(byName(renumbered)).toEqual(byName(before));
    });

    test("local traffic comes with a health check port and leaves with it", async () => {
      await made("healthy", { type: "LoadBalancer" });
      expect(
        (await patch("healthy", { spec: { externalTrafficPolicy: "Local" } })).spec["healthCheckNodePort"],
      ).toBeGreaterThanOrEqual(30_000);
      expect(
        (await patch("healthy", { spec: { externalTrafficPolicy: "Cluster" } })).spec,
      ).not.toHaveProperty("healthCheckNodePort");
    });

    test("what a deleted Service held is free again", async () => {
      await made("holder", {
        type: "NodePort",
        clusterIP: "10.96.0.99",
        ports: [{ port: 80, nodePort: 30_030 }],
      });
      await bench.client().delete(`${services}/holder`);
      expect(
        (
          await made("heir", {
            type: "NodePort",
            clusterIP: "10.96.0.99",
            ports: [{ port: 80, nodePort: 30_030 }],
          })
        ).spec,
      ).toMatchObject({
        clusterIP: "10.96.0.99",
        ports: [{ nodePort: 30_030 }],
      });
    });

    test("a Service has no generation", async () => {
      const { metadata } = (await made("ungenerated", {})) as unknown as { metadata: object };
      expect(metadata).not.toHaveProperty("generation");
    });
  });
}
