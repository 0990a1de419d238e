/**
 * What is really in the JSON for a type of client-node: its models promise `Date` where the wire carries RFC 3339 text,
 * because they are meant to be read through its own deserialiser, which we do not run.
 */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Key in keyof T]: Wire<T[Key]> }
      : T;
