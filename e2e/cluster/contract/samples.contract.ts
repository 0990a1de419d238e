import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { parseAllDocuments } from "yaml";
import { type ClusterObject } from "../client.ts";
import { type Reply } from "../client/transport.ts";
import { type JsonObject, jsonText } from "../json.ts";
import { repositoryCrds } from "../repository.ts";
import { type Bench, type Refusal, refusalOf } from "./bench.ts";

interface Sample {
  readonly file: string;
  readonly text: string;
  readonly objects: readonly JsonObject[];
  /** Plural name: that of the folder. */
  readonly plural: string;
}

function readSamples(verdict: "valid" | "invalid"): readonly Sample[] {
  const folder = join(repositoryCrds(), "samples", verdict);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".yaml"))
    .sort();
  return files.map((file) => {
    const text = readFileSync(join(folder, file), "utf8");
    const objects = parseAllDocuments(text).map((document) => document.toJS() as JsonObject);
    return { file, text, objects, plural: file.split("/")[0] ?? "" };
  });
}

/** Where the API server must find the fault; undefined when no schema can say it and the object is accepted. */
function expectedField({ text }: Sample): string | undefined {
  // Kubernetes joins the keys of maps with a dot, whatever is in them.
  return /^# expect: ([^:]+):/.exec(text)?.[1]?.replaceAll(/\["([^"]+)"\]/g, ".$1");
}

/** The repository's samples: the valid ones are taken, the invalid ones refused where their first line says. */
export function sampleContract(bench: Bench): void {
  describe("samples", () => {
    bench.namespace("metallb-system");

    const collection = (sample: Sample, object: JsonObject): string =>
      `/apis/${jsonText(object["apiVersion"])}/namespaces/metallb-system/${sample.plural}`;

    /** What the server says to the object, and then to its status, which has a door of its own. */
    const send = async (sample: Sample, object: JsonObject): Promise<Reply> => {
      const client = bench.client();
      const path = collection(sample, object);
      const strict = "fieldValidation=Strict";
      const { status, ...rest } = object;
      if (status === undefined)
        return client.request("POST", `${path}?dryRun=All&${strict}`, { body: object });
      const made = await client.create<ClusterObject>(path, rest);
      const own = `${path}/${made.metadata.name}`;
      const reply = await client.request("PUT", `${own}/status?dryRun=All&${strict}`, {
        body: { ...made, status },
      });
      await client.delete(own);
      return reply;
    };

    const valid = readSamples("valid");
    const invalid = readSamples("invalid");

    test("there are samples of both sorts", () => {
      expect(valid.length).toBeGreaterThan(8);
      expect(invalid.length).toBeGreaterThan(8);
    });

    test.each(valid.map((sample) => [sample.file, sample] as const))("valid: %s", async (_file, sample) => {
      for (const object of sample.objects) {
        const reply = await send(sample, object);
        expect((reply.json as JsonObject)["message"]).toBeUndefined();
        expect([200, 201]).toContain(reply.code);
      }
    });

    test.each(invalid.map((sample) => [sample.file, sample] as const))(
      "invalid: %s",
      async (_file, sample) => {
        const field = expectedField(sample);
        const replies = [];
        for (const object of sample.objects) replies.push(await send(sample, object));
        if (field === undefined) {
          expect(replies.map(({ code }) => code)).toEqual(sample.objects.map(() => 201));
          return;
        }
        const refusals = replies.filter(({ code }) => code === 400 || code === 422).map(refusalOf);
        expect(refusals).toHaveLength(1);
        expect(refusals.flatMap(namedFields)).toContain(field);
      },
    );
  });
}

/** The fields that a refusal is about, wherever the server puts them. */
function namedFields({ causes, message }: Refusal): readonly string[] {
  const unknown = [...message.matchAll(/unknown field "([^"]+)"/g)].map(([, field = ""]) => field);
  const ofFormat = [...message.matchAll(/with format \w+ in ([^\s,\]]+)/g)].map(([, field = ""]) => field);
  return [...causes.map((cause) => cause.split(" ")[1] ?? ""), ...unknown, ...ofFormat];
}
