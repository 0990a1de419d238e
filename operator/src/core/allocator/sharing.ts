/** What decides whether a Service may share an address (reference metallb.md, section 3.4). */
export interface Sharing {
  /** The value of the annotation allow-shared-ip; undefined = the Service shares with nobody. */
  readonly key: string | undefined;
  /**
   * With externalTrafficPolicy Local: which endpoints serve, as a text that is equal for equal selectors. Two such Services
   * are announced from the nodes of their endpoints, so they can live on one address only if these are the same. The empty
   * text for policy Cluster.
   */
  readonly backend: string;
  /** `TCP/80`: what the Service occupies of an address. */
  readonly ports: readonly string[];
}

/**
 * Why two Services cannot live on one address; `theirs` speaks of the one that is there already. `besides` is what would
 * keep them apart all the same if this rule did not.
 */
export type SharingRefusal =
  | { readonly rule: "no-key"; readonly of: "mine" | "theirs" | "both"; readonly besides?: UseRefusal }
  | { readonly rule: "key"; readonly mine: string; readonly theirs: string; readonly besides?: UseRefusal }
  | UseRefusal;

/** What two Services do with an address does not go together, whatever their keys. */
export type UseRefusal = { readonly rule: "backend"; readonly besides?: PortRefusal } | PortRefusal;

export interface PortRefusal {
  readonly rule: "port";
  readonly port: string;
}

/** The first rule that keeps the two apart; undefined when they may share. Of whom nothing is known has no key. */
export function whyNotShare(
  mine: Sharing | undefined,
  theirs: Sharing | undefined,
): SharingRefusal | undefined {
  const use = mine && theirs && whyNotUseTogether(mine, theirs);
  const besides = use && { besides: use };
  if (mine?.key === undefined || theirs?.key === undefined) {
    return { rule: "no-key", of: whoLacksKey(mine, theirs), ...besides };
  }
  return mine.key === theirs.key ? use : { rule: "key", mine: mine.key, theirs: theirs.key, ...besides };
}

function whoLacksKey(mine: Sharing | undefined, theirs: Sharing | undefined): "mine" | "theirs" | "both" {
  if (mine?.key !== undefined) return "theirs";
  return theirs?.key === undefined ? "both" : "mine";
}

function whyNotUseTogether(mine: Sharing, theirs: Sharing): UseRefusal | undefined {
  const port = mine.ports.find((one) => theirs.ports.includes(one));
  const ofPort = port === undefined ? undefined : ({ rule: "port", port } as const);
  return mine.backend === theirs.backend ? ofPort : { rule: "backend", ...(ofPort && { besides: ofPort }) };
}

/** Whether the two get along with the same Services: all that have no key do, with none. */
export function isSameSharing(a: Sharing | undefined, b: Sharing | undefined): boolean {
  if (a?.key === undefined || b?.key === undefined) return a?.key === b?.key;
  return a.key === b.key && a.backend === b.backend && a.ports.join() === b.ports.join();
}
