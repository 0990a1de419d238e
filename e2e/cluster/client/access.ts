/** What a client needs to know of a server; an ApiServer says it. */
export interface ClusterAccess {
  readonly url: string;
  readonly token: string | undefined;
  /** PEM text of what to trust; undefined for plain HTTP. */
  readonly certificateAuthority: string | undefined;
  /** What the client calls itself; the suites' name unless said otherwise. */
  readonly userAgent?: string;
}
