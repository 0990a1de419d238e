import { type Millis } from "@steelyard/model/foundation";
import { type BfdStateName } from "../../wire/bfd.ts";
import { detectTime, transmitInterval } from "./timing.ts";
import { type BfdSessionState } from "./types.ts";

/** For status and metrics; made from the state. */
export interface BfdSessionView {
  /** `admin-down` also where only the router has taken it down so. */
  readonly state: BfdStateName;
  readonly because: string;
  readonly transmitInterval: Millis;
  /** 0 = the router has not said how often it sends. */
  readonly detectTime: Millis;
  readonly ups: number;
  readonly downs: number;
}

export function viewBfdSession(session: BfdSessionState): BfdSessionView {
  const { told, state, ups, downs } = session;
  return {
    state: told.state === "admin-down" ? told.state : state,
    because: told.because,
    transmitInterval: transmitInterval(session),
    detectTime: detectTime(session) ?? 0,
    ups,
    downs,
  };
}
