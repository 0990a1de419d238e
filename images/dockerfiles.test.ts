import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { packageVersion } from "./configuration.mjs";
import { readDockerfile, readLabels, stageArguments, valuesOf } from "./dockerfile.mjs";
import { buildImage, buildPackages, labels, programs, user } from "./stages.mjs";

type ProgramName = keyof typeof programs;

function dockerfile(program: ProgramName) {
  return readDockerfile(readFileSync(new URL(`./${program}/Dockerfile`, import.meta.url), "utf8"));
}

function instructionsOf(program: ProgramName, name: string | undefined) {
  const stage = dockerfile(program).stages.find((candidate) => candidate.name === name);
  if (stage === undefined) throw new Error(`no stage ${name ?? "without a name"}`);
  return stage.instructions;
}

const command = (program: string, stage: string): string =>
  `node images/build.mjs --program ${program} --arch \${TARGETARCH} --stage ${stage} --folder /stages`;

describe.each(Object.keys(programs) as ProgramName[])(
  "the Dockerfile of %s and the list of stages",
  (program) => {
    const { stages, entrypoint } = programs[program];

    test("have the same stages, in the same order, on the same image", () => {
      const { args, stages: found } = dockerfile(program);
      expect(args).toEqual({ BUILD_IMAGE: buildImage });
      expect(found.map(({ name, base }) => [name, base])).toEqual([
        ["source", "${BUILD_IMAGE}"],
        ...[...stages, "root"].map((stage) => [stage, "source"]),
        [undefined, "scratch"],
      ]);
    });

    test("do each stage by the same command, and put together what all of them made", () => {
      for (const stage of stages) {
        expect(instructionsOf(program, stage)).toEqual([["RUN", command(program, stage)]]);
      }
      const root = instructionsOf(program, "root");
      expect(valuesOf(root, "COPY")).toEqual(stages.map((stage) => `--from=${stage} /stages/ /stages/`));
      expect(valuesOf(root, "RUN")).toEqual([
        `SOURCE_DATE_EPOCH=\${SOURCE_DATE_EPOCH} ${command(program, "root")}`,
      ]);
    });

    test("install the same packages to build with", () => {
      const [install] = valuesOf(instructionsOf(program, "source"), "RUN");
      expect(install?.split("--no-install-recommends ")[1]?.split(" ")).toEqual(buildPackages);
    });

    test("end in the same user, entry point and labels, with nothing but the root directory", () => {
      const last = instructionsOf(program, undefined);
      expect(valuesOf(last, "COPY")).toEqual(["--from=root /stages/root/ /"]);
      expect(valuesOf(last, "RUN")).toEqual([]);
      expect(valuesOf(last, "USER")).toEqual([`${user}:${user}`]);
      expect(valuesOf(last, "WORKDIR")).toEqual(["/"]);
      expect(valuesOf(last, "ENTRYPOINT").map((words) => JSON.parse(words) as unknown)).toEqual([entrypoint]);
      const values = { version: "${VERSION}", revision: "${REVISION}", created: "${CREATED}" };
      expect(readLabels(last)).toEqual(labels(program, values));
      expect(stageArguments({ instructions: last })).toMatchObject({ VERSION: packageVersion() });
    });
  },
);
