/** Plain data as a text that is equal for equal data, addresses included. */
export function comparable(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? `${part}n` : part));
  return text ?? "";
}
