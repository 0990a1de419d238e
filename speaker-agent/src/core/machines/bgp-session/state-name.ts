import { type BgpOpeningPhase, type BgpPhase, type BgpSessionStateName } from "./types.ts";

/** What RFC 4271 calls the phase; with two connections that of the one ahead. */
export function stateName(phase: BgpPhase): BgpSessionStateName {
  switch (phase.at) {
    case "stopped":
    case "waiting":
      return "idle";
    case "opening":
      return openingName(phase);
    case "established":
      return "established";
  }
}

function openingName({ dial, dialled, inbound }: BgpOpeningPhase): BgpSessionStateName {
  const stages = [dialled?.at, inbound?.at];
  if (stages.includes("open-confirm")) return "open-confirm";
  if (dialled !== undefined || inbound !== undefined) return "open-sent";
  return dial.kind === "dialling" ? "connect" : "active";
}
