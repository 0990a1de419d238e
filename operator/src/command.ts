import { type FlagSpec, type FlagValues, formatHelp, parseFlags } from "@steelyard/client/program";
import { printError, printText } from "./adapters/node/terminal.ts";

/** What could not be judged: bad flags, files, objects, or no cluster to hold them against. */
const notJudged = 2;

export interface CommandDescription<Specs extends readonly FlagSpec[]> {
  /** As it is called: `plan`. */
  readonly name: string;
  readonly summary: string;
  readonly flags: Specs;
}

/**
 * Runs one command of the program that ends by itself: flags, help page, and one sentence for whatever it cannot judge.
 *
 * @returns the exit code
 */
export async function runCommand<const Specs extends readonly FlagSpec[]>(
  { name, summary, flags: specs }: CommandDescription<Specs>,
  argv: readonly string[],
  run: (flags: FlagValues<Specs>) => Promise<number>,
): Promise<number> {
  const flags = parseFlags(specs, argv, process.env);
  if (!flags.ok) return refuse(flags.error);
  if ((flags.value as { readonly help?: boolean }).help === true) {
    await printText(formatHelp({ program: `node operator.mjs ${name}`, summary, specs }));
    return 0;
  }
  try {
    return await run(flags.value);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

export function refuse(sentences: string): number {
  printError(sentences);
  return notJudged;
}
