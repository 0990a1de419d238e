import {
  type FoundMetallb,
  type Severity,
  type UpgradeFinding,
  type UpgradeReport,
} from "./upgrade-report.ts";

const titles: Readonly<Record<Severity, string>> = {
  traffic: "CHANGES TRAFFIC",
  behaviour: "CHANGES BEHAVIOUR",
  note: "ONLY TO BE KNOWN",
};

/** The report as a text for a terminal: a block per finding, the severest first, and the counts in the last line. */
export function printUpgrade(report: UpgradeReport): string {
  const sections = [
    describeMetallb(report.metallb),
    ...(["traffic", "behaviour", "note"] as const).map((severity) =>
      section(
        titles[severity],
        report.findings.filter((one) => one.severity === severity),
      ),
    ),
    report.unread.map((one) => `Could not be read, nothing is said about it: ${one}\n`).join(""),
    countLine(report),
  ];
  return sections.filter((text) => text !== "").join("\n");
}

function describeMetallb({ version, bgpBackend, lbClass, controller, speaker }: FoundMetallb): string {
  if (controller === null && speaker === null) return "MetalLB was not found.\n";
  const parts = [
    `MetalLB ${version ?? "of unknown version"}`,
    ...(bgpBackend === null ? [] : [`BGP by ${bgpBackend}`]),
    lbClass === "" ? "Services without a class" : `Services of class ${lbClass}`,
  ];
  const found = [controller, speaker].filter((one) => one !== null).join(" and ");
  return `${parts.join(", ")}: ${found}\n`;
}

function section(title: string, findings: readonly UpgradeFinding[]): string {
  if (findings.length === 0) return "";
  return `${title}\n${findings.map(block).join("")}`;
}

function block({ object, field, what, happens, advice }: UpgradeFinding): string {
  const head = field === "" ? object : `${object}  ${field}`;
  return `  ${head}\n    now:   ${what}\n    then:  ${happens}\n    to do: ${advice}\n`;
}

function countLine({ counts: { traffic, behaviour, note } }: UpgradeReport): string {
  return `traffic ${traffic}, behaviour ${behaviour}, notes ${note}\n`;
}
