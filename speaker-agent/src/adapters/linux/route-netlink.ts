import type { SteelyardAddon } from "../../../native/addon.d.ts";
import { type Clock } from "@steelyard/model/foundation";
import { type Link } from "../../core/interfaces/link.ts";
import { type RouteNetlink } from "../../ports/route-netlink.ts";
import { LinkWatch } from "./link-watch.ts";

/** The links and addresses of this host, from the kernel. Needs no capability. */
export class RouteNetlinkSockets implements RouteNetlink {
  readonly #addon: SteelyardAddon;
  readonly #clock: Clock;

  constructor(addon: SteelyardAddon, clock: Clock) {
    this.#addon = addon;
    this.#clock = clock;
  }

  watch(onLinks: (links: readonly Link[]) => void, onError: (error: Error) => void): { close(): void } {
    const watch = new LinkWatch(this.#addon, this.#clock, { onLinks, onError });
    watch.start();
    return { close: () => watch.close() };
  }
}
