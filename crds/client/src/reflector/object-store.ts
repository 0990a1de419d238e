export type ObjectChange<T> =
  | { readonly type: "added"; readonly key: string; readonly object: T; readonly previous: undefined }
  | { readonly type: "modified"; readonly key: string; readonly object: T; readonly previous: T }
  /** `object` is the last state we know. */
  | { readonly type: "deleted"; readonly key: string; readonly object: T; readonly previous: T };

export type ChangeHandler<T> = (change: ObjectChange<T>) => void;

/** The projected objects of one kind, as far as the API server has told. Keys are `namespace/name` or `name`. */
export interface ObjectStore<T> {
  get(key: string): T | undefined;
  /** In no particular order: sort what reaches an output. */
  list(): readonly T[];
  keys(): readonly string[];
  readonly size: number;
  /**
   * Hears of every change from now on, in order, after the store has taken it in. A handler that throws is logged and
   * disturbs nobody else. Returns the function that ends the subscription.
   */
  subscribe(handler: ChangeHandler<T>): () => void;
  /**
   * Keeps a look-up by some property up to date: `values` gives the values under which an object shall be found. The
   * name must be new. Returns the look-up; objects come in no particular order.
   */
  index(name: string, values: (object: T) => readonly string[]): (value: string) => readonly T[];
}
