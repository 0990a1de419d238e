import { countReceived, nothingReceived } from "./received-prefixes.ts";
import { stateName } from "./state-name.ts";
import { type BgpPhase, type BgpSessionReport, type BgpSessionState } from "./types.ts";

/** What status, metrics and conditions say of a session. */
export function reportBgpSession({ phase, since, lastError, counters }: BgpSessionState): BgpSessionReport {
  const session = phase.at === "established" ? phase.session : undefined;
  return {
    state: stateName(phase),
    since,
    negotiated: session?.negotiated,
    lastError,
    dialAt: dialAt(phase),
    counters,
    received: countReceived(session?.received ?? nothingReceived),
    endOfRibs: session?.endOfRibs ?? [],
  };
}

function dialAt(phase: BgpPhase): BgpSessionReport["dialAt"] {
  if (phase.at === "waiting") return phase.dialAt;
  return phase.at === "opening" && phase.dial.kind === "waiting" ? phase.dial.at : undefined;
}
