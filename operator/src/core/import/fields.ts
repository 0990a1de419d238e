import {
  isJsonObject,
  type JsonObject,
  type LabelSelector,
  parseLabelSelector,
} from "@steelyard/model/foundation";

/** Who hears of what cannot be read and of what is left out. */
export interface FieldsOwner {
  refuse(path: string, message: string): void;
  lose(path: string, why: string): void;
}

/**
 * The fields of one object of a foreign format, which remembers those that somebody has asked for: `end` names the
 * others, so that nothing is dropped in silence. An absent, null or empty value is undefined, as in Go.
 */
export class Fields {
  readonly path: string;
  readonly #object: JsonObject;
  readonly #owner: FieldsOwner;
  readonly #asked = new Set<string>();

  constructor(raw: unknown, path: string, owner: FieldsOwner) {
    this.path = path;
    this.#owner = owner;
    if (!isJsonObject(raw)) owner.refuse(path, `must be an object, not ${describeType(raw)}`);
    this.#object = isJsonObject(raw) ? raw : {};
  }

  pathOf(key: string): string {
    return this.path === "" ? key : `${this.path}.${key}`;
  }

  has(key: string): boolean {
    return isGiven(this.#object[key]);
  }

  text(key: string): string | undefined {
    return this.#value(key, "a text", (value): value is string => typeof value === "string");
  }

  requiredText(key: string): string {
    const text = this.text(key);
    if (text === undefined && !this.has(key)) this.refuse(key, "is required");
    return text ?? "";
  }

  number(key: string): number | undefined {
    return this.#value(key, "a whole number", (value): value is number => Number.isSafeInteger(value));
  }

  flag(key: string): boolean | undefined {
    return this.#value(key, "true or false", (value): value is boolean => typeof value === "boolean");
  }

  fields(key: string): Fields | undefined {
    const value = this.#take(key);
    return isGiven(value) ? new Fields(value, this.pathOf(key), this.#owner) : undefined;
  }

  texts(key: string): readonly string[] {
    return this.#list(key).flatMap((value, index) => {
      if (typeof value === "string") return [value];
      this.#owner.refuse(`${this.pathOf(key)}[${index}]`, `must be a text, not ${describeType(value)}`);
      return [];
    });
  }

  each(key: string): readonly Fields[] {
    return this.#list(key).map(
      (value, index) => new Fields(value, `${this.pathOf(key)}[${index}]`, this.#owner),
    );
  }

  selector(key: string): LabelSelector | undefined {
    const value = this.#take(key);
    // An empty selector is one: it matches everything.
    if (value === undefined || value === null) return undefined;
    const selector = parseLabelSelector(value);
    if (selector.ok) return selector.value;
    this.refuse(key, selector.error);
    return undefined;
  }

  /** The keys and values of an object whose keys are not known. */
  entries(key: string): readonly (readonly [string, unknown])[] {
    const value = this.#take(key);
    if (!isGiven(value)) return [];
    if (isJsonObject(value)) return Object.entries(value);
    this.refuse(key, `must be an object, not ${describeType(value)}`);
    return [];
  }

  /** A value of any type. */
  raw(key: string): unknown {
    return this.#take(key);
  }

  refuse(key: string, message: string): void {
    this.#owner.refuse(this.pathOf(key), message);
  }

  /** The object as a whole is faulty. */
  refuseWhole(message: string): void {
    this.#owner.refuse(this.path, message);
  }

  lose(key: string, why: string): void {
    this.#owner.lose(this.pathOf(key), why);
  }

  /** Says why a field is left out, where it is given. */
  drop(key: string, why: string): void {
    if (isGiven(this.#take(key))) this.lose(key, why);
  }

  /** Takes note of fields that mean the same when they are left out. */
  pass(...keys: readonly string[]): void {
    for (const key of keys) this.#asked.add(key);
  }

  /** Names every field that nobody has asked for. */
  end(): void {
    for (const [key, value] of Object.entries(this.#object))
      if (!this.#asked.has(key) && isGiven(value)) this.lose(key, "has no equivalent here");
  }

  #take(key: string): unknown {
    this.#asked.add(key);
    return this.#object[key];
  }

  #value<T>(key: string, wanted: string, isWanted: (value: unknown) => value is T): T | undefined {
    const value = this.#take(key);
    if (!isGiven(value)) return undefined;
    if (isWanted(value)) return value;
    this.refuse(key, `must be ${wanted}, not ${describeType(value)}`);
    return undefined;
  }

  #list(key: string): readonly unknown[] {
    const value = this.#take(key);
    if (!isGiven(value)) return [];
    if (Array.isArray(value)) return value;
    this.refuse(key, `must be a list, not ${describeType(value)}`);
    return [];
  }
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

function describeType(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : JSON.stringify(value);
}
