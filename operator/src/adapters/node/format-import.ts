import { stringify } from "yaml";
import { type ImportedGroup, type ImportReport } from "../../core/import/index.ts";

/** YAML that can be applied as it is, with what is lost and what is to be known in comments before the objects. */
export function formatImport({ groups, ignored }: ImportReport): string {
  const passedOver = ignored.length === 0 ? [] : [comment(`Passed over: ${ignored.join(", ")}`)];
  return [...groups.map(formatGroup), ...passedOver].join("");
}

function formatGroup({ from, objects, lost, hints }: ImportedGroup): string {
  const head = [
    comment(`From ${from.object} (${from.source})`),
    ...lost.map((one) => comment(`NOT CARRIED OVER: ${one}`)),
    ...hints.map((one) => comment(`Note: ${one}`)),
  ].join("");
  if (objects.length === 0) return head;
  return objects.map((object, index) => `---\n${index === 0 ? head : ""}${stringify(object)}`).join("");
}

/** What stands in it comes from a file, which may have line breaks anywhere. */
function comment(text: string): string {
  return `# ${text.replaceAll(/\s+/g, " ")}\n`;
}
