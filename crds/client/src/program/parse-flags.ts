import { err, ok, type Result } from "@steelyard/model/foundation";
import { type FlagSpec, flagText, type FlagValues } from "./flag-spec.ts";
import { type FlagValue, parseFlagValue } from "./parse-flag-value.ts";

/** A flag as it was found on the command line; a switch that stands alone has the value "true". */
interface GivenFlag {
  readonly spec: FlagSpec;
  readonly value: string;
}

/**
 * Reads a command line as Go's flag package does, because MetalLB's manifests are written for it: one dash or two,
 * `--flag=value` or `--flag value`, a boolean alone or as `--flag=false`, the last one given wins. What the command
 * line does not say is taken from the environment, then from the default. (`parseArgs` of Node knows no long flag with
 * one dash.)
 *
 * @param argv the arguments after the name of the script
 * @returns the values by flag name, or one sentence naming the flag and the value that cannot be
 */
export function parseFlags<const Specs extends readonly FlagSpec[]>(
  specs: Specs,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Result<FlagValues<Specs>, string> {
  const given = splitArguments(specs, argv);
  if (!given.ok) return given;
  const values: Record<string, FlagValue | undefined> = {};
  for (const spec of specs) {
    const value = resolveFlag(
      spec,
      given.value.filter((flag) => flag.spec === spec),
      env,
    );
    if (!value.ok) return value;
    values[spec.name] = value.value;
  }
  return ok(values as FlagValues<Specs>);
}

function splitArguments(
  specs: readonly FlagSpec[],
  argv: readonly string[],
): Result<readonly GivenFlag[], string> {
  const found: GivenFlag[] = [];
  const rest = [...argv];
  for (let text = rest.shift(); text !== undefined; text = rest.shift()) {
    const match = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(text);
    if (match === null) return err(`unexpected argument ${JSON.stringify(text)}, only flags are understood`);
    const spec = specs.find((candidate) => candidate.name === match[1]);
    if (spec === undefined) return err(`unknown flag --${match[1]}, see --help`);
    const value = match[2] ?? (spec.kind === "boolean" ? "true" : rest.shift());
    if (value === undefined) return err(`flag ${flagText(spec)} needs a value`);
    found.push({ spec, value });
  }
  return ok(found);
}

function resolveFlag(
  spec: FlagSpec,
  given: readonly GivenFlag[],
  env: Readonly<Record<string, string | undefined>>,
): Result<FlagValue | undefined, string> {
  const last = given.at(-1);
  if (last !== undefined) {
    if (spec.kind === "list" && spec.isOnlyRepeated === true) return ok(given.map(({ value }) => value));
    const text = spec.kind === "list" ? given.map((flag) => flag.value).join(",") : last.value;
    return parseFlagValue(spec, text, `flag ${flagText(spec)}`);
  }
  const variable = spec.env === undefined ? undefined : env[spec.env];
  if (variable !== undefined && variable !== "")
    return parseFlagValue(spec, variable, `variable ${spec.env}`);
  return ok(spec.inert === undefined ? spec.default : undefined);
}
