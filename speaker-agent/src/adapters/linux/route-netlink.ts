import type { SteelyardAddon } from "../../../native/addon.d.ts";
import { type Clock } from "@steelyard/model/foundation";
import { existsSync } from "node:fs";
import { type Link } from "../../core/interfaces/link.ts";
import { type RouteNetlink } from "../../ports/route-netlink.ts";
import { type DefaultRoutes, DefaultRouteWatch } from "./default-route-watch.ts";
import { type DescribedLink } from "./link-table.ts";
import { LinkWatch } from "./link-watch.ts";

/** The links, addresses and default routes of this host, from the kernel. Needs no capability. */
export class RouteNetlinkSockets implements RouteNetlink {
  readonly #addon: SteelyardAddon;
  readonly #clock: Clock;
  readonly #isWireless: (name: string) => boolean;

  constructor(addon: SteelyardAddon, clock: Clock, isWireless = isWirelessInSysfs) {
    this.#addon = addon;
    this.#clock = clock;
    this.#isWireless = isWireless;
  }

  watch(onLinks: (links: readonly Link[]) => void, onError: (error: Error) => void): { close(): void } {
    const join = new LinkJoin(this.#isWireless, onLinks);
    const links = new LinkWatch(this.#addon, this.#clock, { onLinks: (all) => join.describe(all), onError });
    const routes = new DefaultRouteWatch(this.#addon, this.#clock, {
      onRoutes: (all) => join.route(all),
      onError,
    });
    links.start();
    routes.start();
    return {
      close: () => {
        links.close();
        routes.close();
      },
    };
  }
}

/** Puts together what the two watches tell; says nothing before it has heard from both. */
class LinkJoin {
  readonly #isWireless: (name: string) => boolean;
  readonly #onLinks: (links: readonly Link[]) => void;
  #links: readonly DescribedLink[] | undefined;
  #routes: DefaultRoutes | undefined;
  /** By name; the answer costs a look at the file system, and a card keeps its nature. */
  readonly #wireless = new Map<string, boolean>();

  constructor(isWireless: (name: string) => boolean, onLinks: (links: readonly Link[]) => void) {
    this.#isWireless = isWireless;
    this.#onLinks = onLinks;
  }

  describe(links: readonly DescribedLink[]): void {
    this.#links = links;
    for (const name of this.#wireless.keys())
      if (!links.some((link) => link.name === name)) this.#wireless.delete(name);
    this.#tell();
  }

  route(routes: DefaultRoutes): void {
    this.#routes = routes;
    this.#tell();
  }

  #tell(): void {
    const routes = this.#routes;
    if (this.#links === undefined || routes === undefined) return;
    this.#onLinks(
      this.#links.map((link) => ({
        ...link,
        wireless: this.#wirelessness(link),
        defaultRoute: { v4: routes.IPv4.has(link.index), v6: routes.IPv6.has(link.index) },
      })),
    );
  }

  /** Only a card can be; a link of a type of its own (veth, bridge …) is software. */
  #wirelessness({ name, type }: DescribedLink): boolean {
    if (type !== undefined) return false;
    const known = this.#wireless.get(name) ?? this.#isWireless(name);
    this.#wireless.set(name, known);
    return known;
  }
}

/** A driver of cfg80211 has the first, an older one the second. */
function isWirelessInSysfs(name: string): boolean {
  return ["phy80211", "wireless"].some((entry) => existsSync(`/sys/class/net/${name}/${entry}`));
}
