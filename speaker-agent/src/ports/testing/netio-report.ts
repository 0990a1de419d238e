import { type NetioReport } from "../netio-report.ts";

/** A worker that has been asked for nothing, and sees nothing. */
export const quietReport: NetioReport = {
  snapshotVersion: 0,
  links: [],
  owned: [],
  unannounceable: [],
  counters: [],
  policy: { inForce: "sticky", because: "the flag says so" },
  settled: true,
  owners: [],
  members: undefined,
  held: [],
  defended: [],
  checks: [],
  checked: { Reachable: 0, NobodyAnswers: 0, TwoAnswer: 0, ForeignHost: 0 },
  drops: {},
};
