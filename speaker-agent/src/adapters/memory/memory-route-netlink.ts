import { type Link } from "../../core/interfaces/link.ts";
import { type RouteNetlink } from "../../ports/route-netlink.ts";
import { type MemoryLinks } from "./memory-links.ts";

/** Tells of the links of a simulated host; changes within one turn arrive as one table. It never fails. */
export class MemoryRouteNetlink implements RouteNetlink {
  readonly #links: MemoryLinks;

  constructor(links: MemoryLinks) {
    this.#links = links;
  }

  watch(onLinks: (links: readonly Link[]) => void): { close(): void } {
    let scheduled = false;
    let closed = false;
    const schedule = (): void => {
      if (scheduled) return;
      scheduled = true;
      queueMicrotask(() => {
        scheduled = false;
        if (!closed) onLinks(this.#links.table);
      });
    };
    const unsubscribe = this.#links.onChange(schedule);
    schedule();
    return {
      close: () => {
        closed = true;
        unsubscribe();
      },
    };
  }
}
