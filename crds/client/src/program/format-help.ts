import { type FlagSpec, flagText } from "./flag-spec.ts";

export interface HelpPage {
  /** What the user types, such as `node operator.mjs`. */
  readonly program: string;
  readonly summary: string;
  readonly specs: readonly FlagSpec[];
}

/** The help page: one block per flag, those that are only accepted for compatibility apart at the end. */
export function formatHelp({ program, summary, specs }: HelpPage): string {
  const active = specs.filter((spec) => spec.inert === undefined);
  const inert = specs.filter((spec) => spec.inert !== undefined);
  const sections = [`${summary}\n\nUsage: ${program} [flags]\n`, `Flags:\n${active.map(describe).join("")}`];
  if (inert.length > 0) {
    sections.push(
      `Accepted so that MetalLB's manifests start, without effect here:\n${inert.map(describe).join("")}`,
    );
  }
  return sections.join("\n");
}

function describe(spec: FlagSpec): string {
  return `  ${flagText(spec)}${placeholder(spec)}\n      ${spec.help}${notes(spec)}\n`;
}

function placeholder(spec: FlagSpec): string {
  if (spec.kind === "boolean") return "";
  if (spec.placeholder !== undefined) return `=${spec.placeholder}`;
  return spec.kind === "choice" ? `=${spec.choices.join("|")}` : `=<${spec.kind}>`;
}

function notes(spec: FlagSpec): string {
  const found: string[] = [];
  if (spec.env !== undefined) found.push(`variable ${spec.env}`);
  if (spec.inert !== undefined) found.push(spec.inert);
  else if (hasDefaultToShow(spec)) found.push(`default ${String(spec.default)}`);
  return found.length === 0 ? "" : ` (${found.join("; ")})`;
}

/** "Off", "none" and "empty" go without saying. */
function hasDefaultToShow(spec: FlagSpec): boolean {
  return spec.default !== undefined && spec.default !== false && String(spec.default) !== "";
}
