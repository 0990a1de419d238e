import { describe, expect, test } from "@jest/globals";
import { buildConfig } from "../config/index.ts";
import {
  projectBfdProfile,
  projectBgpAdvertisement,
  projectBgpPeer,
  projectCommunity,
  projectIpAddressPool,
  projectL2Advertisement,
} from "./custom-resource.ts";
import * as schemas from "./schema-validation.ts";
import { type SchemaCheck, type SchemaProblem } from "./schema-validation.ts";
import { ourDefinitions } from "./testing/custom-resource-definitions.ts";
import { readMistakes, readPageNames, readYamlBlocks } from "./testing/documents.ts";
import { type Sample, type SampleDocument, readSamples } from "./testing/samples.ts";

const CHECKS: Readonly<Record<string, SchemaCheck>> = {
  "metallb.io/v1beta1 BFDProfile": schemas.validateBfdProfile,
  "metallb.io/v1beta1 BGPAdvertisement": schemas.validateBgpAdvertisement,
  "metallb.io/v1beta1 BGPPeer": schemas.validateBgpPeerV1Beta1,
  "metallb.io/v1beta2 BGPPeer": schemas.validateBgpPeer,
  "metallb.io/v1beta1 Community": schemas.validateCommunity,
  "metallb.io/v1beta1 ConfigurationState": schemas.validateConfigurationState,
  "metallb.io/v1beta1 IPAddressPool": schemas.validateIpAddressPool,
  "metallb.io/v1beta1 L2Advertisement": schemas.validateL2Advertisement,
  "metallb.io/v1beta1 ServiceBGPStatus": schemas.validateServiceBgpStatus,
  "metallb.io/v1beta1 ServiceL2Status": schemas.validateServiceL2Status,
};

const valid = readSamples("valid");
const invalid = readSamples("invalid");
const refusedBySchema = invalid.filter(({ expectation }) => expectation?.refusedBy === "schema");
const refusedByParser = invalid.filter(({ expectation }) => expectation?.refusedBy === "parser");

describe("the samples", () => {
  test.each(ourDefinitions().map(({ spec }) => spec.names))(
    "$kind has several of each sort",
    ({ kind, plural }) => {
      for (const samples of [valid, invalid]) {
        const own = samples.filter(({ file }) => file.startsWith(`${plural}/`));
        expect(own.length).toBeGreaterThanOrEqual(2);
        expect([
          ...new Set(own.flatMap(({ documents }) => documents.map((document) => document.kind))),
        ]).toEqual([kind]);
      }
    },
  );

  test("both versions of BGPPeer have their samples", () => {
    for (const samples of [valid, refusedBySchema])
      expect(versionsIn(samples, "bgppeers/")).toEqual(["metallb.io/v1beta1", "metallb.io/v1beta2"]);
  });

  test("each invalid one says what is wrong with it", () => {
    expect(invalid.filter(({ expectation }) => expectation === undefined)).toEqual([]);
    expect(valid.filter(({ expectation }) => expectation !== undefined)).toEqual([]);
  });
});

describe("schemas and rules", () => {
  test.each(valid)("accept valid/$file", ({ documents }) => {
    expect(documents.flatMap(schemaProblems)).toEqual([]);
  });

  test.each(refusedByParser)("accept invalid/$file, which is for the parser to refuse", ({ documents }) => {
    expect(documents.flatMap(schemaProblems)).toEqual([]);
  });

  test.each(refusedBySchema)("refuse invalid/$file for one thing, which is $expectation", (sample) => {
    expect(sample.documents.flatMap(schemaProblems)).toEqual([
      { path: sample.expectation?.path, message: expect.stringContaining(sample.expectation?.message ?? "") },
    ]);
  });
});

describe("the parser of configuration", () => {
  const parsed = ({ file }: Sample) => !/^(configurationstates|service.*statuses)\//.test(file);

  test.each(valid.filter(parsed))("accepts valid/$file", ({ documents }) => {
    expect(parserProblems(documents)).toEqual([]);
  });

  test("accepts all valid ones together: none contradicts another", () => {
    expect(parserProblems(valid.filter(parsed).flatMap(({ documents }) => documents))).toEqual([]);
  });

  test.each(refusedByParser)("refuses invalid/$file for one thing", (sample) => {
    expect(parserProblems(sample.documents)).toEqual([
      { path: sample.expectation?.path, message: expect.stringContaining(sample.expectation?.message ?? "") },
    ]);
  });

  const inSpec = ({ expectation }: Sample) => expectation?.path.startsWith("spec");

  /** What v1beta2 refuses, v1beta1 permits or the other way round; the parser, which reads both, takes it. */
  const ofOneVersion = ["bgppeers/older-form-without-values.yaml", "bgppeers/port-zero.yaml"];

  test.each(ofOneVersion)("takes invalid/%s in the sense that the other version gives it", (file) => {
    const sample = invalid.find((one) => one.file === file);
    expect(parserProblems(sample?.documents ?? [])).toEqual([]);
    expect(sample?.expectation?.refusedBy).toBe("schema");
  });

  const reliedOn = refusedBySchema.filter(({ file }) => !ofOneVersion.includes(file));

  test.each(reliedOn.filter(parsed).filter(inSpec))(
    "does not rely on a schema for invalid/$file",
    (sample) => {
      expect(parserProblems(sample.documents)).not.toEqual([]);
    },
  );
});

describe("the examples of docs/bgp.md", () => {
  const blocks = readYamlBlocks("bgp.md");

  test("are accepted, each by itself", () => {
    expect(blocks.length).toBeGreaterThanOrEqual(5);
    for (const documents of blocks) {
      expect(documents.flatMap(schemaProblems)).toEqual([]);
      expect(parserProblems(documents)).toEqual([]);
    }
  });

  test("are accepted together: none contradicts another", () => {
    expect(parserProblems(blocks.flat())).toEqual([]);
  });

  test("tell of every field of a BGPPeer", () => {
    const documents = blocks.flat().filter(({ kind }) => kind === "BGPPeer");
    const used = new Set(documents.flatMap(({ spec = {} }) => Object.keys(spec)));
    const rare = ["password", "disableMP", "ebgpMultiHop"];
    expect([...used, ...rare].sort()).toEqual(fieldsOf("BGPPeer").sort());
  });
});

describe("the examples of docs/", () => {
  test.each(readPageNames())("%s: what it shows of our kinds is accepted, each block by itself", (page) => {
    for (const block of readYamlBlocks(page)) {
      const own = block.filter(({ apiVersion = "" }) => apiVersion.startsWith("metallb.io/"));
      expect(own.flatMap(schemaProblems)).toEqual([]);
      expect(parserProblems(own)).toEqual([]);
    }
  });
});

describe("the mistakes of docs/authoring.md", () => {
  const examples = readYamlBlocks("authoring.md").flat();
  const mistakes = readMistakes("authoring.md");

  test("there are some, and the examples are none", () => {
    expect(mistakes.length).toBeGreaterThan(12);
    expect(parserProblems(examples)).toEqual([]);
  });

  test.each(mistakes)("$kind: $message", ({ kind, spec, message }) => {
    const version = kind === "BGPPeer" ? "v1beta2" : "v1beta1";
    const made = { name: "z-mistake", namespace: "metallb-system" };
    const mistake = { apiVersion: `metallb.io/${version}`, kind, metadata: made, spec } as SampleDocument;
    const [fault] = configOf([...examples, mistake]).problems.filter(
      ({ object }) => object.name === made.name,
    );
    expect(`${fault?.path}: ${fault?.message}`).toBe(message);
  });
});

function fieldsOf(kind: string): string[] {
  const definition = ourDefinitions().find(({ spec }) => spec.names.kind === kind);
  const version = definition?.spec.versions.find(({ storage }) => storage);
  return Object.keys(version?.schema.openAPIV3Schema.properties?.["spec"]?.properties ?? {});
}

/** What is wrong in itself; that a named pool or namespace does not exist (yet) is another matter. */
function parserProblems(documents: readonly SampleDocument[]): readonly SchemaProblem[] {
  const { problems } = configOf(documents);
  return problems.filter(({ kind }) => kind === "wrong").map(({ path, message }) => ({ path, message }));
}

function configOf(documents: readonly SampleDocument[]): ReturnType<typeof buildConfig> {
  const ofKind = (wanted: string) => documents.filter(({ kind }) => kind === wanted);
  return buildConfig({
    namespace: "metallb-system",
    pools: ofKind("IPAddressPool").map(projectIpAddressPool),
    l2Advertisements: ofKind("L2Advertisement").map(projectL2Advertisement),
    bgpAdvertisements: ofKind("BGPAdvertisement").map(projectBgpAdvertisement),
    bgpPeers: ofKind("BGPPeer").map(projectBgpPeer),
    bfdProfiles: ofKind("BFDProfile").map(projectBfdProfile),
    communities: ofKind("Community").map(projectCommunity),
    namespaces: [],
  });
}

function schemaProblems(document: SampleDocument): readonly SchemaProblem[] {
  const check = CHECKS[`${document.apiVersion} ${document.kind}`];
  if (!check) throw new Error(`no check for ${document.apiVersion} ${document.kind}`);
  return check(document);
}

function versionsIn(samples: readonly Sample[], folder: string): readonly string[] {
  const documents = samples
    .filter(({ file }) => file.startsWith(folder))
    .flatMap((sample) => sample.documents);
  return [...new Set(documents.map(({ apiVersion }) => apiVersion))].sort();
}
