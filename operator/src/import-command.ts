import { type FlagValues } from "@steelyard/client/program";
import { formatImport } from "./adapters/node/format-import.ts";
import { parseYaml, readDocuments } from "./adapters/node/read-documents.ts";
import { printText } from "./adapters/node/terminal.ts";
import { refuse, runCommand } from "./command.ts";
import { importExitCodeOf, type ImportFault, importObjects } from "./core/import/index.ts";
import { importFlags, importSummary } from "./shell/import/import-flags.ts";

/**
 * The entry of `operator.mjs import`; like main.ts it wires and decides nothing.
 *
 * @returns the exit code
 */
export function importCommand(argv: readonly string[]): Promise<number> {
  return runCommand({ name: "import", summary: importSummary, flags: importFlags }, argv, importFiles);
}

async function importFiles({ f: files, namespace }: FlagValues<typeof importFlags>): Promise<number> {
  if (files.length === 0) return refuse("nothing to import: give -f with a file");
  const report = importObjects(await readDocuments(files), { namespace, parseYaml });
  if (report.faults.length > 0) return refuse(report.faults.map(describeFault).join("\n"));
  if (report.groups.length === 0)
    return refuse("nothing to import: the files hold no object of a load balancer that this command knows");
  await printText(formatImport(report));
  return importExitCodeOf(report);
}

function describeFault({ source, object, path, message }: ImportFault): string {
  return [source, object, path === "" ? message : `${path} ${message}`]
    .filter((part) => part !== "")
    .join(": ");
}
