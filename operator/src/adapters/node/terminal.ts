/** Resolves when it is written, or when whoever read it has gone: the process must not end before. */
export function printText(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.once("error", () => resolve());
    process.stdout.write(text, () => resolve());
  });
}

/** Indented JSON; what is not there is null, so that the fields are always the same. */
export function printJson(value: unknown): Promise<void> {
  return printText(`${JSON.stringify(value, (_, one: unknown) => one ?? null, 2)}\n`);
}

export function printError(sentences: string): void {
  process.stderr.write(`${sentences}\n`);
}
