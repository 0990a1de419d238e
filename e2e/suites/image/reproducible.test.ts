import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command } from "../../topology/command.ts";
import { repository } from "../../topology/dist.ts";
import { describeImage } from "./describe-image.ts";

jest.setTimeout(180_000);

describeImage("the same sources give the same image", ["speaker-agent"], () => {
  const time = 1_700_000_000;
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "steelyard-images-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("by the script, and by the commands of the Dockerfile under another umask", async () => {
    const whole = join(folder, "whole");
    await sh(`node images/build.mjs --program speaker-agent --folder ${whole}`);
    const staged = join(folder, "staged");
    for (const line of stageCommands("speaker-agent", staged)) await sh(`umask 077; ${line}`);

    const built = join(whole, "speaker-agent");
    const assembled = join(staged, "root");
    expect(await digestOf(assembled)).toBe(await digestOf(built));
    for (const file of ["steelyard/steelyard.node", "usr/bin/node", "etc"])
      expect(statSync(join(built, file)).mtimeMs).toBe(time * 1000);
  });

  function sh(line: string): Promise<string> {
    return command(
      "sh",
      ["-ec", `cd ${repository}; SOURCE_DATE_EPOCH=${time}; export SOURCE_DATE_EPOCH; ${line}`],
      {
        timeoutMillis: 120_000,
      },
    );
  }
});

/** The stages as the Dockerfile does them, in another folder than there. */
function stageCommands(program: string, folder: string): readonly string[] {
  const text = readFileSync(join(repository, "images", program, "Dockerfile"), "utf8");
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const lines = [...text.matchAll(/^RUN .*?(node images\/build\.mjs .*)$/gm)].map(([, line = ""]) => line);
  return lines.map((line) => line.replace("${TARGETARCH}", architecture).replace("/stages", folder));
}

async function digestOf(tree: string): Promise<string> {
  const module = JSON.stringify(join(repository, "images/root-digest.mjs"));
  const script = `import { rootDigest } from ${module}; console.log(rootDigest(${JSON.stringify(tree)}).digest)`;
  return command(process.execPath, ["--input-type=module", "-e", script]);
}
