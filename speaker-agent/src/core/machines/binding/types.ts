import { type IpAddress } from "@steelyard/model/address";
import { type Instant, type Millis } from "@steelyard/model/foundation";
import { type Link } from "../../interfaces/link.ts";

/** An address that this node announces now, and the interface it is to be put on. */
export interface BindingWish {
  readonly address: IpAddress;
  /** The exact name of an interface. */
  readonly bindTo: string;
  /** Names of the interfaces it is announced on. */
  readonly announcedOn: readonly string[];
}

/** An address on an interface of this host. */
export interface Place {
  readonly interfaceIndex: number;
  readonly interfaceName: string;
  readonly address: IpAddress;
}

/** The sysctls net.ipv4.conf.*.arp_ignore and arp_filter as they are in force on an interface. */
export interface ArpSettings {
  readonly arpIgnore: number;
  readonly arpFilter: boolean;
}

/** By interface index; undefined = they could not be read. */
export type ArpSettingsByLink = ReadonlyMap<number, ArpSettings | undefined>;

export interface Answer {
  readonly change: "add" | "remove";
  readonly place: Place;
  /** An errno name; undefined = done. */
  readonly refusal: string | undefined;
}

export type BindingInput =
  /** Whole: a later list replaces an earlier one. At most one entry per address. */
  | { readonly kind: "wishes"; readonly wishes: readonly BindingWish[] }
  /** The whole table of links, as the route netlink port delivers it. */
  | { readonly kind: "links"; readonly links: readonly Link[] }
  /** An answer to `read-arp-settings`, by interface index. */
  | { readonly kind: "arp-settings"; readonly settings: ArpSettingsByLink }
  /** The kernel has answered `add` and `remove` effects. */
  | { readonly kind: "answers"; readonly answers: readonly Answer[] }
  | { readonly kind: "timer"; readonly timer: BindingTimer }
  /** Take everything off; nothing is put on any more. */
  | { readonly kind: "stop" };

/** `retry`: ask again for what was refused. `look`: read the ARP settings again, which nobody announces. */
export type BindingTimer = "retry" | "look";

export type BindingEffect =
  | { readonly kind: "add" | "remove"; readonly place: Place }
  | {
      readonly kind: "read-arp-settings";
      readonly links: readonly { readonly index: number; readonly name: string }[];
    }
  | { readonly kind: "arm"; readonly timer: BindingTimer; readonly at: Instant }
  /** Something a person wants to read in the log. */
  | {
      readonly kind: "transition";
      readonly address: IpAddress;
      readonly to: "bound" | "released" | "swept" | "not-bound";
      readonly interface: string;
      readonly because: string;
    }
  /** The kernel answers where nobody should: one sentence. */
  | { readonly kind: "warning"; readonly sentence: string }
  | { readonly kind: "report"; readonly report: BindingReport };

/** What is bound, as a whole; a later report replaces an earlier one. Plain data, lists sorted by address. */
export interface BindingReport {
  readonly bound: readonly { readonly address: IpAddress; readonly interface: string }[];
  readonly notBound: readonly { readonly address: IpAddress; readonly because: string }[];
  /** Where the kernel answers for a bound address itself, so that the announcer must not. */
  readonly kernelAnswers: readonly { readonly address: IpAddress; readonly interfaceIndex: number }[];
}

export interface BindingContext {
  readonly now: Instant;
}

/** One change that was asked for. */
export interface Change {
  readonly change: "add" | "remove";
  readonly place: Place;
  /** `asked`: no answer yet. `done`: the links do not show it yet. `refused`: until `retryAt`. */
  readonly at: "asked" | "done" | "refused";
  /** An errno name. */
  readonly refusal: string | undefined;
  /** Of `done` and `refused`: when it is asked for again if the links still do not show it. */
  readonly retryAt: Instant | undefined;
}

/** On which links of this host an address is. */
export interface Holders {
  /** Indexes of links where it is a host address with the mark of an agent. */
  readonly bound: ReadonlySet<number>;
  /** The first link, by index, where nobody of ours put it. */
  readonly foreign: string | undefined;
}

/** What was last told of one wish: equal text = nothing new. */
export interface Outcome {
  readonly address: IpAddress;
  readonly interface: string;
  /** Undefined = bound. */
  readonly because: string | undefined;
}

/**
 * What the machine remembers: its inputs, and what it has asked of the kernel. What is bound is never remembered, but
 * read off the links, so that a crash, another program or a vanished interface cannot make it believe otherwise.
 */
export interface BindingState {
  readonly wishes: readonly BindingWish[];
  readonly links: readonly Link[] | undefined;
  /** What `links` say, by address. */
  readonly holders: ReadonlyMap<string, Holders>;
  readonly arpSettings: ArpSettingsByLink;
  /** By `<index>/<address>`. */
  readonly changes: ReadonlyMap<string, Change>;
  /** By address. */
  readonly told: ReadonlyMap<string, Outcome>;
  /** The last report as text, and the last warnings. */
  readonly reported: string | undefined;
  readonly warned: readonly string[];
  readonly armed: ReadonlyMap<BindingTimer, Instant>;
  readonly stopped: boolean;
}

export interface BindingStep {
  readonly state: BindingState;
  readonly effects: readonly BindingEffect[];
}

/** Refusals are about permissions and missing IPv6, which somebody has to change by hand. */
export const RETRY_INTERVAL: Millis = 10_000;
/** How long an address that the kernel has accepted may take to show up among the links. */
export const SETTLE_TIME: Millis = 1_000;
/** How often the ARP settings are read while an address is bound. */
export const LOOK_INTERVAL: Millis = 30_000;

export const initialBindingState: BindingState = {
  wishes: [],
  links: undefined,
  holders: new Map(),
  arpSettings: new Map(),
  changes: new Map(),
  told: new Map(),
  reported: undefined,
  warned: [],
  armed: new Map(),
  stopped: false,
};
