import { formatIpAddress } from "@steelyard/model/address";
import { type DesiredState } from "../core/desired/types.ts";
import { type AgentMetrics, type Layer2State } from "../ports/agent-metrics.ts";
import { type NetioReport, type OwnerMove } from "../ports/netio-report.ts";

/** The metrics about who owns what, and what the segment does. */
export class Layer2Reporter {
  readonly #nodeName: string;
  readonly #metrics: AgentMetrics;
  #told: Parameters<Layer2Reporter["update"]> | undefined;
  #held: ReadonlySet<string> = new Set();
  /** By the text of an address, how often it has been defended. */
  #defended: ReadonlyMap<string, number> = new Map();

  constructor(options: { readonly nodeName: string }, deps: { readonly metrics: AgentMetrics }) {
    this.#nodeName = options.nodeName;
    this.#metrics = deps.metrics;
  }

  /** @param owners by the text of an address */
  update(desired: DesiredState, report: NetioReport, owners: ReadonlyMap<string, string>): void {
    const told = this.#told;
    // Counting ten thousand addresses is not for nothing.
    if (told?.[0] === desired && told[1] === report && told[2] === owners) return;
    this.#told = [desired, report, owners];
    this.#metrics.setLayer2State(stateOf(desired, report, owners, this.#nodeName));
    this.#countConflicts(report);
  }

  countMove(move: OwnerMove): void {
    this.#metrics.countMove(move);
    if (move.cause === "yielded") this.#metrics.countConflicts("two-owners", 1);
  }

  #countConflicts({ held, defended }: NetioReport): void {
    const nowHeld = new Set(held.map(({ address }) => formatIpAddress(address)));
    const gained = [...nowHeld].filter((address) => !this.#held.has(address));
    if (gained.length > 0) this.#metrics.countConflicts("held", gained.length);
    this.#held = nowHeld;
    const counts = new Map(defended.map(({ address, count }) => [formatIpAddress(address), count]));
    const more = [...counts].reduce((sum, [address, count]) => {
      const before = this.#defended.get(address) ?? 0;
      // A worker that started again counts from zero.
      return sum + (count >= before ? count - before : count);
    }, 0);
    if (more > 0) this.#metrics.countConflicts("defended", more);
    this.#defended = counts;
  }
}

function stateOf(
  { addresses }: DesiredState,
  report: NetioReport,
  owners: ReadonlyMap<string, string>,
  nodeName: string,
): Layer2State {
  const electable = addresses.filter(({ candidates }) => candidates.length > 0);
  const ownerOf = electable.map(({ address }) => owners.get(formatIpAddress(address)));
  const owned = electable.flatMap(({ address }, index) => (ownerOf[index] === nodeName ? [address] : []));
  return {
    owned,
    addresses: {
      electable: electable.length,
      unowned: ownerOf.filter((owner) => owner === undefined).length,
      owned: owned.length,
      announced: report.owned.length,
      held: report.held.length,
      unannounceable: report.unannounceable.length,
    },
    policy: report.policy.inForce,
    members: report.members ?? [],
    drops: report.drops,
    checked: report.checked,
  };
}
