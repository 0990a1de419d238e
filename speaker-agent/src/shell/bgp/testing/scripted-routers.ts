import { type IpAddress } from "@steelyard/model/address";
import { type NetioWorker } from "../../../ports/netio-worker.ts";
import {
  type BfdChange,
  type HostInterface,
  type RouterSight,
  type RouterWatch,
} from "../../../ports/router-watch.ts";

type RouterWorker = Pick<NetioWorker, "watchRouters" | "onBfdChange" | "onRouterSight" | "onFailure">;

/** The part of a worker that watches routers; it tells of the interfaces at once, and of the rest as a test says. */
export class ScriptedRouters implements RouterWorker {
  readonly watches: RouterWatch[] = [];
  #sight: RouterSight;
  readonly #onBfdChange: ((change: BfdChange) => void)[] = [];
  readonly #onRouterSight: ((sight: RouterSight) => void)[] = [];
  readonly #onFailure: ((failure: Error) => void)[] = [];

  constructor(interfaces: readonly HostInterface[]) {
    this.#sight = { routers: [], interfaces, bfd: [] };
  }

  watchRouters(watch: RouterWatch): void {
    this.watches.push(watch);
    this.see({});
  }

  onBfdChange(handler: (change: BfdChange) => void): void {
    this.#onBfdChange.push(handler);
  }

  onRouterSight(handler: (sight: RouterSight) => void): void {
    this.#onRouterSight.push(handler);
  }

  onFailure(handler: (failure: Error) => void): void {
    this.#onFailure.push(handler);
  }

  see(changes: Partial<RouterSight>): void {
    this.#sight = { ...this.#sight, ...changes };
    for (const handler of this.#onRouterSight) handler(this.#sight);
  }

  tellBfd(key: string, state: BfdChange["state"], wasUp: boolean): void {
    for (const handler of this.#onBfdChange) handler({ key, state, wasUp, because: "the test says so" });
  }

  fail(): void {
    for (const handler of this.#onFailure) handler(new Error("the netio worker is gone"));
  }
}

export function hostInterface(
  name: string,
  ...addresses: readonly (readonly [IpAddress, number])[]
): HostInterface {
  return {
    name,
    running: true,
    addresses: addresses.map(([address, prefixLength]) => ({ address, prefixLength })),
  };
}
