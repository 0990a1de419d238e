/**
 * What decides whether a Service may share an address (reference metallb.md, section 3.4). Only a Service with a sharing
 * key has one; a Service without shares with nobody.
 */
export interface Sharing {
  /** The value of the annotation allow-shared-ip. */
  readonly key: string;
  /**
   * With externalTrafficPolicy Local: which endpoints serve, as a text that is equal for equal selectors. Two such Services
   * are announced from the nodes of their endpoints, so they can live on one address only if these are the same. The empty
   * text for policy Cluster.
   */
  readonly backend: string;
  /** `TCP/80`: what the Service occupies of an address. */
  readonly ports: readonly string[];
}

/** Why two Services cannot live on one address; `theirs` speaks of the one that is there already. */
export type SharingRefusal =
  | { readonly rule: "no-key"; readonly of: "mine" | "theirs" | "both" }
  | { readonly rule: "key"; readonly mine: string; readonly theirs: string }
  | { readonly rule: "backend" }
  | { readonly rule: "port"; readonly port: string };

/** The first rule that keeps the two apart; undefined when they may share. */
export function whyNotShare(
  mine: Sharing | undefined,
  theirs: Sharing | undefined,
): SharingRefusal | undefined {
  if (mine === undefined) return { rule: "no-key", of: theirs === undefined ? "both" : "mine" };
  if (theirs === undefined) return { rule: "no-key", of: "theirs" };
  if (mine.key !== theirs.key) return { rule: "key", mine: mine.key, theirs: theirs.key };
  if (mine.backend !== theirs.backend) return { rule: "backend" };
  const port = mine.ports.find((one) => theirs.ports.includes(one));
  return port === undefined ? undefined : { rule: "port", port };
}

export function isSameSharing(a: Sharing | undefined, b: Sharing | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.key === b.key && a.backend === b.backend && a.ports.join() === b.ports.join();
}
