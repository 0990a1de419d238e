import { formatIpAddress, type IpAddress, parseIpAddress } from "@steelyard/model/address";
import { type Clock, type Instant, instantAfter, type Millis } from "@steelyard/model/foundation";
import {
  type ConfigurationStateResource,
  type ForeignClaim,
  readSegmentReport,
} from "@steelyard/model/resources";
import { type NetioReport } from "../ports/netio-report.ts";

/** How long the worker may take to find out that a stranger is still there. */
const findTime: Millis = 10_000;

/**
 * Addresses that a stranger held when this agent was started: the operator gives them to nobody for as long as this node
 * reports them, and the agent before this one did. They are reported on, and asked about, until the worker has found the
 * stranger or has had the time to.
 */
export class HeldBefore {
  readonly #deps: { readonly clock: Clock; readonly onExpiry: () => void };
  #entries: ReadonlyMap<string, { readonly address: IpAddress; readonly claim: ForeignClaim }> | undefined;
  #until: Instant | undefined;
  #cancel: (() => void) | undefined;

  constructor(deps: { readonly clock: Clock; readonly onExpiry: () => void }) {
    this.#deps = deps;
  }

  /** Reads what the agent before this one reported; the first list counts, later ones show our own reports. */
  read(states: readonly ConfigurationStateResource[] | undefined): void {
    if (this.#entries !== undefined || states === undefined) return;
    const held = Object.entries(readSegmentReport(states[0]?.metadata ?? {}).held);
    this.#entries = new Map(
      held.flatMap(([text, claim]) => {
        const address = parseIpAddress(text);
        return address.ok
          ? [[formatIpAddress(address.value), { address: address.value, claim }] as const]
          : [];
      }),
    );
  }

  /** Forgets what the worker has found, and all when it has had the time. */
  update(report: NetioReport | undefined): void {
    if (report === undefined || this.#entries === undefined || this.#entries.size === 0) return;
    const { clock, onExpiry } = this.#deps;
    if (this.#until === undefined) {
      this.#until = instantAfter(clock.now(), findTime);
      this.#cancel = clock.after(findTime, onExpiry);
    }
    const found = new Set(report.held.map(({ address }) => formatIpAddress(address)));
    const isOver = clock.now() >= this.#until;
    this.#entries = new Map(isOver ? [] : [...this.#entries].filter(([text]) => !found.has(text)));
  }

  get addresses(): readonly { readonly address: IpAddress }[] {
    return [...(this.#entries?.values() ?? [])];
  }

  /** By the text of the address. */
  get claims(): Readonly<Record<string, ForeignClaim>> {
    return Object.fromEntries([...(this.#entries ?? [])].map(([text, { claim }]) => [text, claim]));
  }

  stop(): void {
    this.#cancel?.();
  }
}
