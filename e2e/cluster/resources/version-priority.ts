interface ParsedVersion {
  readonly major: number;
  /** 2 = released, 1 = beta, 0 = alpha. */
  readonly stability: number;
  readonly minor: number;
}

function parse(name: string): ParsedVersion | undefined {
  const found = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(name);
  if (found === null) return undefined;
  const stability = found[2] === undefined ? 2 : found[2] === "beta" ? 1 : 0;
  return { major: Number(found[1]), stability, minor: Number(found[3] ?? 0) };
}

/** Orders API versions as Kubernetes prefers them: v2, v1, v1beta2, v1beta1, v1alpha1, then anything else by name. */
export function compareVersions(a: string, b: string): number {
  const left = parse(a);
  const right = parse(b);
  if (left === undefined || right === undefined) {
    if (left !== undefined) return -1;
    return right !== undefined ? 1 : a.localeCompare(b);
  }
  return right.stability - left.stability || right.major - left.major || right.minor - left.minor;
}
