interface FlagSpecBase {
  /** Without dashes, as in `health-probe-port`. */
  readonly name: string;
  /** The environment variable that stands in when the flag is absent; an empty variable counts as unset. */
  readonly env?: string;
  /** What the help page puts after `=`, such as `<port>`. */
  readonly placeholder?: string;
  /** One sentence for the help page, without a full stop. */
  readonly help: string;
  /**
   * Why this flag, accepted because MetalLB's manifests pass it, does nothing here. An inert flag has no default in
   * force: a value means that somebody gave it.
   */
  readonly inert?: string;
}

export interface StringFlag extends FlagSpecBase {
  readonly kind: "string";
  readonly default?: string;
}

export interface IntegerFlag extends FlagSpecBase {
  readonly kind: "integer";
  readonly default?: number;
  readonly min?: number;
  readonly max?: number;
}

export interface BooleanFlag extends FlagSpecBase {
  readonly kind: "boolean";
  readonly default?: boolean;
}

/** Values separated by commas; a repeated flag adds to the list. */
export interface ListFlag extends FlagSpecBase {
  readonly kind: "list";
  readonly default?: readonly string[];
  /** One value each time it is given: a comma belongs to the value, as in the name of a file. */
  readonly isOnlyRepeated?: true;
}

export interface ChoiceFlag extends FlagSpecBase {
  readonly kind: "choice";
  readonly choices: readonly string[];
  readonly default?: string;
}

/** One command line flag of a program, as data: parser, help page and notices all read the same list. */
export type FlagSpec = StringFlag | IntegerFlag | BooleanFlag | ListFlag | ChoiceFlag;

type ValueOf<S extends FlagSpec> = S extends ChoiceFlag
  ? S["choices"][number]
  : S extends IntegerFlag
    ? number
    : S extends BooleanFlag
      ? boolean
      : S extends ListFlag
        ? readonly string[]
        : string;

type HasDefault<S extends FlagSpec> = S extends { readonly inert: string }
  ? false
  : S extends { readonly default: unknown }
    ? true
    : false;

/** The values of a list of flags, by name; a flag without a default is undefined when it was not given. */
export type FlagValues<Specs extends readonly FlagSpec[] = readonly FlagSpec[]> = {
  readonly [S in Specs[number] as S["name"]]: HasDefault<S> extends true
    ? ValueOf<S>
    : ValueOf<S> | undefined;
};

/** A flag as a user writes it: `--port`, but `-f`. */
export function flagText({ name }: Pick<FlagSpec, "name">): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}

/** Every program has it: the caller prints the help page and exits with 0, whatever the other flags say. */
export const helpFlag = { name: "help", kind: "boolean", default: false, help: "Print this page" } as const;
