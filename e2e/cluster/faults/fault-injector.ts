import { type ApiRequest } from "../http/exchange.ts";
import { resourceKey } from "../resources/definition.ts";
import { type ObjectStore } from "../store/object-store.ts";
import { type OpenWatches } from "../watch/open-watches.ts";
import { type Interruption } from "../watch/watch-stream.ts";
import { type FaultRule } from "./fault-rule.ts";

interface ActiveRule {
  readonly rule: FaultRule;
  left: number;
  met: number;
}

/** Makes the server misbehave on purpose. */
export interface FaultControl {
  /** Adds a rule; the returned function takes it away again. */
  inject(rule: FaultRule): () => void;
  /** Interrupts running watches of the given resources, or of all; returns how many there were. */
  interruptWatches(how: Interruption, resources?: readonly string[]): number;
  /** Forgets all history: older versions and continue tokens are answered with 410 from now on. */
  compactHistory(): void;
  /** Takes all rules away. */
  clear(): void;
  /** How many requests have met a fault so far. */
  readonly metCount: number;
  /** How many watches are running. */
  readonly openWatches: number;
}

export class FaultInjector implements FaultControl {
  readonly #store: ObjectStore;
  readonly #watches: OpenWatches;
  #rules: readonly ActiveRule[] = [];
  #metCount = 0;

  constructor(store: ObjectStore, watches: OpenWatches) {
    this.#store = store;
    this.#watches = watches;
  }

  inject(rule: FaultRule): () => void {
    const active: ActiveRule = { rule, left: rule.times ?? Number.POSITIVE_INFINITY, met: 0 };
    this.#rules = [...this.#rules, active];
    return () => {
      this.#rules = this.#rules.filter((other) => other !== active);
    };
  }

  interruptWatches(how: Interruption, resources: readonly string[] = []): number {
    return this.#watches.interrupt(how, resources);
  }

  compactHistory(): void {
    this.#store.compact();
  }

  clear(): void {
    this.#rules = [];
  }

  get metCount(): number {
    return this.#metCount;
  }

  get openWatches(): number {
    return this.#watches.size;
  }

  get rules(): readonly FaultRule[] {
    return this.#rules.map(({ rule }) => rule);
  }

  /** The fault that this request meets, counted against the rule. */
  meet(request: ApiRequest): FaultRule | undefined {
    const active = this.#rules.find(({ rule, left }) => left > 0 && matches(rule, request));
    if (active === undefined) return undefined;
    active.left -= 1;
    active.met += 1;
    this.#metCount += 1;
    return active.rule;
  }
}

function matches(rule: FaultRule, request: ApiRequest): boolean {
  const { resource, headers } = request;
  const { verbs, resources, subresource, namespace, name, userAgent } = rule;
  if (userAgent !== undefined && !(headers["user-agent"] ?? "").includes(userAgent)) return false;
  const isScoped = [verbs, resources, subresource, namespace, name].some((part) => part !== undefined);
  if (resource === undefined) return !isScoped;
  const { path, verb } = resource;
  return (
    (verbs === undefined || verbs.includes(verb)) &&
    (resources === undefined ||
      resources.includes(resourceKey({ group: path.group, plural: path.resource }))) &&
    (subresource === undefined || subresource === (path.subresource ?? "")) &&
    (namespace === undefined || namespace === path.namespace) &&
    (name === undefined || name === path.name)
  );
}
