/**
 * The same bytes behind a guard that throws when anything reads past their end, where a plain array would quietly give
 * undefined. Parts taken with subarray and slice are guarded too.
 */
export function guarded(bytes: Uint8Array): Uint8Array {
  return new Proxy(bytes, {
    get(target, property) {
      if (typeof property === "string" && /^\d+$/.test(property) && Number(property) >= target.length) {
        throw new RangeError(`read at ${property} of ${target.length}`);
      }
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== "function") return value;
      return (...parameters: unknown[]): unknown => {
        const result: unknown = Reflect.apply(value, target, parameters);
        return result instanceof Uint8Array ? guarded(result) : result;
      };
    },
  });
}
