import { formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { type Clock, type Millis } from "@steelyard/model/foundation";
import { type Link } from "../core/interfaces/link.ts";
import {
  type BfdChange,
  type HostInterface,
  type RouterSight,
  type RouterWatch,
} from "../ports/router-watch.ts";
import { Coalescer } from "./coalescer.ts";

export interface NetioRoutersDeps {
  readonly clock: Clock;
  readonly onBfdChange: (change: BfdChange) => void;
  readonly onSight: (sight: RouterSight) => void;
}

/** What the main thread makes of a sight is a matter of seconds; what is a matter of milliseconds is told at once. */
const SIGHT_PAUSE: Millis = 250;

/** What the netio worker does for BGP: BFD, router discovery, and the addresses of this host. */
export class NetioRouters {
  readonly #deps: NetioRoutersDeps;
  readonly #sights: Coalescer;
  #watched: RouterWatch | undefined;
  #links: readonly Link[] = [];
  #told: string | undefined;

  constructor(deps: NetioRoutersDeps) {
    this.#deps = deps;
    this.#sights = new Coalescer(
      { pauseMs: SIGHT_PAUSE, pausePerRunTime: 10 },
      { clock: deps.clock, run: () => this.#tell() },
    );
  }

  watch(watch: RouterWatch): void {
    this.#watched = watch;
    this.#sights.request();
  }

  updateLinks(links: readonly Link[]): void {
    this.#links = links;
    if (this.#watched !== undefined) this.#sights.request();
  }

  stop(): void {
    this.#sights.stop();
  }

  #tell(): void {
    const sight: RouterSight = { routers: [], interfaces: hostInterfaces(this.#links), bfd: [] };
    const text = sightText(sight);
    if (text === this.#told) return;
    this.#told = text;
    this.#deps.onSight(sight);
  }
}

/** Without what an agent has bound: it may go to another node at any moment, and no next hop may lead there. */
function hostInterfaces(links: readonly Link[]): readonly HostInterface[] {
  return links.map(({ name, running, addresses }) => ({
    name,
    running,
    addresses: addresses
      .filter(({ bound }) => bound !== true)
      .map(({ address, prefixLength }) => ({ address, prefixLength })),
  }));
}

/** Equal for equal sights. */
function sightText(sight: RouterSight): string {
  return JSON.stringify(sight, (key, value: unknown) =>
    key === "address" ? formatIpAddress(value as IpAddress) : value,
  );
}
