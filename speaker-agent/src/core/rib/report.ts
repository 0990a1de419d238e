import { compareTables } from "./compare-tables.ts";
import { type RibOutReport, type RibOutState } from "./types.ts";

/** For status, metrics and the condition. Costs a look at every route while something is on its way. */
export function reportRibOut({ session, heldBack, updatesSent, due }: RibOutState): RibOutReport {
  const waiting = { heldBack: heldBack.size, updatesSent };
  if (session === undefined) {
    return { advertised: 0, pending: due.length + heldBack.size, unsendable: [], ...waiting };
  }
  const { target, advertised } = session;
  const { announcements, withdrawals } = compareTables(target, advertised);
  return {
    advertised: advertised.routes.length,
    pending: announcements.length + withdrawals.length + heldBack.size,
    unsendable: target.unsendable,
    ...waiting,
  };
}
