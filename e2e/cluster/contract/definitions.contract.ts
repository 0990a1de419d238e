import { describe, expect, test } from "@jest/globals";
import { type ClusterObject } from "../client.ts";
import { type JsonObject } from "../json.ts";
import { type Bench, refusalOf } from "./bench.ts";

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

function definition(plural: string, schema: JsonObject): JsonObject {
  const kind = plural.charAt(0).toUpperCase() + plural.slice(1, -1);
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.example.org` },
    spec: {
      group: "example.org",
      names: { plural, kind },
      scope: "Cluster",
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", properties: { spec: schema } } },
        },
      ],
    },
  };
}

/** CustomResourceDefinitions themselves: served once they are created. */
export function definitionContract(bench: Bench): void {
  describe("definitions", () => {
    const isEstablished = (crd: ClusterObject | undefined): boolean =>
      ((crd?.status?.["conditions"] ?? []) as readonly { type: string; status: string }[]).some(
        ({ type, status }) => type === "Established" && status === "True",
      );

    test("a new kind is served after its definition", async () => {
      const client = bench.client();
      const crd = await client.create<ClusterObject>(
        definitions,
        definition("widgets", { type: "object", properties: { size: { type: "integer", default: 3 } } }),
      );
      expect(crd.spec).toMatchObject({
        names: { singular: "widget", listKind: "WidgetList" },
        conversion: { strategy: "None" },
      });
      await client.until(`${definitions}/widgets.example.org`, isEstablished);
      const path = "/apis/example.org/v1/widgets";
      const made = await client.create<ClusterObject>(path, {
        apiVersion: "example.org/v1",
        kind: "Widget",
        metadata: { name: "w" },
        spec: {},
      });
      expect(made).toMatchObject({ spec: { size: 3 } });
      expect(made.metadata).not.toHaveProperty("namespace");
      // Its withdrawal is not part of the contract: the genuine server may take a minute and more to empty a kind.
    });

    test("a definition must be named after its resource", async () => {
      const body = { ...definition("gadgets", { type: "object" }), metadata: { name: "gadgets" } };
      expect(refusalOf(await bench.client().request("POST", definitions, { body })).causes).toContain(
        "FieldValueInvalid metadata.name",
      );
    });

    test("a rule that is no CEL is refused", async () => {
      const body = definition("broken", { type: "object", "x-kubernetes-validations": [{ rule: "self.(" }] });
      expect((await bench.client().request("POST", definitions, { body })).code).toBe(422);
    });
  });
}
