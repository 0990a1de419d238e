import { describe, expect, test } from "@jest/globals";
import { type Bench, mergePatch, pool, refusalOf, service, warningsOf } from "./bench.ts";

const services = "/api/v1/namespaces/fields/services";
const pools = "/apis/metallb.io/v1beta1/namespaces/fields/ipaddresspools";

/** Unknown fields and wrong types, on core kinds and on custom resources. */
export function fieldValidationContract(bench: Bench): void {
  describe("field validation", () => {
    bench.namespace("fields");

    const spec = { ports: [{ port: 80, bar: 1 }], foo: 1 };

    test("unknown fields are dropped with a warning", async () => {
      const reply = await bench.client().request("POST", services, { body: service("warned", spec) });
      expect(reply.code).toBe(201);
      expect([...warningsOf(reply)].sort()).toEqual([
        'unknown field "spec.foo"',
        'unknown field "spec.ports[0].bar"',
      ]);
      expect(reply.json).not.toMatchObject({ spec: { foo: 1 } });
    });

    test("Ignore drops them silently", async () => {
      const reply = await bench
        .client()
        .request("POST", `${services}?fieldValidation=Ignore`, { body: service("silent", spec) });
      expect(reply.code).toBe(201);
      expect(warningsOf(reply)).toEqual([]);
    });

    test("Strict refuses them, naming all", async () => {
      const reply = await bench
        .client()
        .request("POST", `${services}?fieldValidation=Strict`, { body: service("refused", spec) });
      expect(refusalOf(reply)).toMatchObject({
        code: 400,
        reason: "BadRequest",
        message:
          'Service in version "v1" cannot be handled as a Service: strict decoding error: unknown field "spec.ports[0].bar", ' +
          'unknown field "spec.foo"',
      });
    });

    test("Strict refuses them in custom resources, their metadata included", async () => {
      const body = {
        ...pool("refused", { addresses: [], foo: 1 }),
        metadata: { name: "refused", colour: "red" },
      };
      const reply = await bench.client().request("POST", `${pools}?fieldValidation=Strict`, { body });
      expect(refusalOf(reply)).toMatchObject({ code: 400, reason: "BadRequest" });
      expect(refusalOf(reply).message).toContain('unknown field "metadata.colour"');
      expect(refusalOf(reply).message).toContain('unknown field "spec.foo"');
    });

    test("Strict refuses them in patches", async () => {
      await bench.client().create(services, service("patched"));
      for (const path of [`${services}/patched`]) {
        const warned = await bench
          .client()
          .request("PATCH", path, { ...mergePatch, body: { spec: { foo: "x" } } });
        expect(warned.code).toBe(200);
        expect(warningsOf(warned)).toEqual(['unknown field "spec.foo"']);
        const refused = await bench.client().request("PATCH", `${path}?fieldValidation=Strict`, {
          ...mergePatch,
          body: { spec: { foo: "x" } },
        });
        expect(refusalOf(refused)).toMatchObject({
          code: 422,
          reason: "Invalid",
          causes: ["FieldValueInvalid patch"],
        });
        expect(refusalOf(refused).message).toContain('strict decoding error: unknown field "spec.foo"');
      }
    });

    test("a custom resource prunes what its schema does not know", async () => {
      const reply = await bench
        .client()
        .request("POST", pools, { body: pool("pruned", { addresses: ["192.0.2.0/24"], foo: { bar: 1 } }) });
      expect(warningsOf(reply)).toEqual(['unknown field "spec.foo"']);
      expect(reply.json).toMatchObject({
        spec: { addresses: ["192.0.2.0/24"], autoAssign: true, avoidBuggyIPs: false },
      });
      expect((reply.json as { spec: object }).spec).not.toHaveProperty("foo");
    });

    test.each([
      ["a list", { ports: "x" }],
      ["a number", { ports: [{ port: "80" }] }],
      ["a flag", { publishNotReadyAddresses: "yes" }],
      ["a text", { type: 7 }],
    ])("a core kind whose field is not %s is a bad request", async (_what, wrong) => {
      const reply = await bench.client().request("POST", services, { body: service("typed", wrong) });
      expect(refusalOf(reply)).toMatchObject({ code: 400, reason: "BadRequest" });
      expect(refusalOf(reply).message).toContain("json: cannot unmarshal");
    });

    test("an unknown way to validate is refused", async () => {
      const reply = await bench
        .client()
        .request("POST", `${services}?fieldValidation=Sometimes`, { body: service("never") });
      expect(reply.code).toBe(422);
    });
  });
}
