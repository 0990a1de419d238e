import { type Link } from "../core/interfaces/link.ts";

/** Watches the links, addresses and default routes of this host's network namespace. */
export interface RouteNetlink {
  /**
   * Calls `onLinks` with the whole table at once, then again after every change, sorted by index. A lost event never
   * shows: the table is read anew when the kernel says that it dropped some.
   */
  watch(onLinks: (links: readonly Link[]) => void, onError: (error: Error) => void): { close(): void };
}
