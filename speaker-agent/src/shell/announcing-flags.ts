import { whyNotInterfaceName } from "@steelyard/model/config";
import { err, ok, type Millis, type Result } from "@steelyard/model/foundation";
import { parseTaintRule, type TaintRule } from "@steelyard/model/services";
import { type OwnerPolicy } from "../core/election/types.ts";
import { type AnnouncingOptions } from "../core/desired/types.ts";
import { type AgentFlags } from "./flags.ts";

/** What the flags say of announcing: which nodes may, and how the one that does goes about it. */
export interface AnnouncingFlags extends Omit<AnnouncingOptions, "nodeName" | "membership"> {
  readonly policy: OwnerPolicy;
  /** 0 = never. */
  readonly refreshInterval: Millis;
  /** 0 = never. */
  readonly wireCheckInterval: Millis;
  /** Undefined = nothing is kept. */
  readonly stateDir: string | undefined;
}

/** Reads them; the error is one sentence that names the flag. */
export function readAnnouncingFlags(flags: AgentFlags): Result<AnnouncingFlags, string> {
  const withdrawOnTaints = readTaintRules(flags["withdraw-on-taint"]);
  if (!withdrawOnTaints.ok) return withdrawOnTaints;
  const bindAddresses = textOrNone(flags["bind-addresses"]);
  const problem = bindAddresses && whyNotInterfaceName(bindAddresses);
  if (problem !== undefined) return err(`flag --bind-addresses: ${problem}`);
  return ok({
    lbClasses: flags["lb-class"],
    ignoreExcludeLb: flags["ignore-exclude-lb"],
    strictExcludeLb: flags["strict-exclude-lb"],
    withdrawOnTaints: withdrawOnTaints.value,
    bindAddresses,
    policy: flags["owner-policy"],
    refreshInterval: 1000 * flags["gratuitous-arp-interval"],
    wireCheckInterval: 1000 * flags["verify-interval"],
    stateDir: textOrNone(flags["state-dir"]),
  });
}

function readTaintRules(texts: readonly string[]): Result<readonly TaintRule[], string> {
  const rules: TaintRule[] = [];
  for (const text of texts) {
    const rule = parseTaintRule(text);
    if (!rule.ok) return err(`flag --withdraw-on-taint: ${rule.error}`);
    rules.push(rule.value);
  }
  return ok(rules);
}

function textOrNone(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
