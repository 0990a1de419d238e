import { describe, expect, test } from "@jest/globals";
import { type Bench, refusalOf } from "./bench.ts";

const services = "/api/v1/namespaces/strategic/services";
const contentType = "application/strategic-merge-patch+json";

interface PortsOnly {
  readonly spec: {
    readonly ports: readonly {
      readonly port: number;
      readonly name?: string;
      readonly targetPort: unknown;
    }[];
  };
}

/** Strategic merge patch on core kinds: what `kubectl apply` sends for a Service. */
export function strategicMergeContract(bench: Bench): void {
  describe("strategic merge patches", () => {
    bench.namespace("strategic");

    const made = async (name: string): Promise<string> => {
      const ports = [80, 443].map((port) => ({ name: `p${port}`, port }));
      await bench.client().create(services, {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name },
        spec: { ports, selector: { app: "x" } },
      });
      return `${services}/${name}`;
    };
    const patch = async (path: string, body: unknown): Promise<PortsOnly> => {
      const reply = await bench.client().request("PATCH", path, { body, contentType });
      expect(reply.code).toBe(200);
      return reply.json as PortsOnly;
    };
    const portsOf = ({ spec }: PortsOnly): readonly number[] => spec.ports.map(({ port }) => port);

    test("items of a list are paired by their merge key", async () => {
      const ports = [
        { port: 443, targetPort: 8443 },
        { name: "p81", port: 81 },
      ];
      const { spec } = await patch(await made("paired"), { spec: { ports } });
      expect(spec.ports.map(({ name, targetPort }) => [name, targetPort])).toEqual([
        ["p80", 80],
        ["p443", 8443],
        ["p81", 81],
      ]);
    });

    test("items that the patch does not name keep their place among the others", async () => {
      const { spec } = await patch(await made("placed"), {
        spec: {
          ports: [
            { name: "p81", port: 81 },
            { port: 80, targetPort: 1 },
          ],
        },
      });
      expect(spec.ports.map(({ port }) => port)).toEqual([81, 80, 443]);
    });

    test("an item is deleted by directive", async () => {
      expect(
        portsOf(await patch(await made("shorter"), { spec: { ports: [{ port: 80, $patch: "delete" }] } })),
      ).toEqual([443]);
    });

    test("a list is replaced by directive", async () => {
      const ports = [{ $patch: "replace" }, { name: "only", port: 9 }];
      expect(portsOf(await patch(await made("fresh"), { spec: { ports } }))).toEqual([9]);
    });

    test("the order of a list follows the client", async () => {
      const body = {
        spec: {
          "$setElementOrder/ports": [{ port: 443 }, { port: 80 }],
          ports: [{ port: 443, targetPort: 1 }],
        },
      };
      expect(portsOf(await patch(await made("ordered"), body))).toEqual([443, 80]);
    });

    test("maps are replaced by directive, and null removes", async () => {
      const path = await made("mapped");
      const replaced = await patch(path, { spec: { selector: { $patch: "replace", role: "y" } } });
      expect(replaced).toMatchObject({ spec: { selector: { role: "y" } } });
      expect(replaced.spec).not.toMatchObject({ selector: { app: "x" } });
      expect((await patch(path, { spec: { selector: null } })).spec).not.toHaveProperty("selector");
    });

    test("finalizers are a set that is added to and taken from", async () => {
      const path = await made("finalized");
      await patch(path, { metadata: { finalizers: ["steelyard.io/a"] } });
      const both = await patch(path, { metadata: { finalizers: ["steelyard.io/b"] } });
      expect(both).toMatchObject({ metadata: { finalizers: ["steelyard.io/b", "steelyard.io/a"] } });
      const one = await patch(path, {
        metadata: { "$deleteFromPrimitiveList/finalizers": ["steelyard.io/a"] },
      });
      expect(one).toMatchObject({ metadata: { finalizers: ["steelyard.io/b"] } });
      await patch(path, { metadata: { finalizers: null } });
    });

    test("conditions in the status are paired by their type", async () => {
      const path = await made("conditioned");
      const condition = (type: string, status: string): object => ({
        type,
        status,
        reason: "R",
        message: "",
        lastTransitionTime: "2026-01-01T00:00:00Z",
      });
      await patch(`${path}/status`, {
        status: { conditions: [condition("A", "True"), condition("B", "True")] },
      });
      const after = await patch(`${path}/status`, { status: { conditions: [condition("B", "False")] } });
      expect(after).toMatchObject({
        status: {
          conditions: [
            { type: "A", status: "True" },
            { type: "B", status: "False" },
          ],
        },
      });
    });

    test("an item without its merge key is refused", async () => {
      const path = await made("keyless");
      const reply = await bench
        .client()
        .request("PATCH", path, { body: { spec: { ports: [{ targetPort: 1 }] } }, contentType });
      expect([400, 422, 500]).toContain(refusalOf(reply).code);
    });
  });
}
