import { expect, test } from "@jest/globals";
import { printUpgrade } from "./print-upgrade.ts";
import { type UpgradeReport } from "./upgrade-report.ts";

const report: UpgradeReport = {
  version: 1,
  verdict: "changes-traffic",
  metallb: {
    version: "0.16.2",
    bgpBackend: "frr",
    lbClass: "",
    controller: "Deployment metallb-system/controller",
    speaker: "DaemonSet metallb-system/speaker",
  },
  counts: { traffic: 1, behaviour: 0, note: 1 },
  findings: [
    {
      severity: "traffic",
      object: "ConfigMap metallb-system/bgpextras",
      field: "data.extras",
      what: "holds 2 lines for FRR's configuration",
      happens: "they are not read",
      advice: "say it otherwise",
    },
    { severity: "note", object: "cluster", field: "", what: "a", happens: "b", advice: "c" },
  ],
  unread: ["nodes: forbidden"],
};

test("a block per finding, the severest first, and the counts in the last line", () => {
  expect(printUpgrade(report))
    .toBe(`MetalLB 0.16.2, BGP by frr, Services without a class: Deployment metallb-system/controller and DaemonSet metallb-system/speaker

CHANGES TRAFFIC
  ConfigMap metallb-system/bgpextras  data.extras
    now:   holds 2 lines for FRR's configuration
    then:  they are not read
    to do: say it otherwise

ONLY TO BE KNOWN
  cluster
    now:   a
    then:  b
    to do: c

Could not be read, nothing is said about it: nodes: forbidden

traffic 1, behaviour 0, notes 1
`);
});

test("without MetalLB and without findings", () => {
  const metallb = { version: null, bgpBackend: null, lbClass: "", controller: null, speaker: null };
  const empty = {
    ...report,
    metallb,
    findings: [],
    unread: [],
    counts: { traffic: 0, behaviour: 0, note: 0 },
  };
  expect(printUpgrade(empty)).toBe("MetalLB was not found.\n\ntraffic 0, behaviour 0, notes 0\n");
});
