/** IFNAMSIZ in linux/if.h is 16 bytes, one of which ends the text. */
const LONGEST_NAME = 15;

/** Why no Linux interface can have this name (dev_valid_name in the kernel); undefined when one can. */
export function whyNotInterfaceName(name: string): string | undefined {
  const impossible = (why: string) => `no interface can be called ${JSON.stringify(name)}: ${why}`;
  if (name === "") return impossible("the name is empty");
  if (utf8Length(name) > LONGEST_NAME) return impossible(`the name is longer than ${LONGEST_NAME} bytes`);
  if (name === "." || name === "..") return impossible("the name is reserved");
  if (/[/:\s]/.test(name)) return impossible("it contains a slash, a colon or a space");
  return undefined;
}

function utf8Length(text: string): number {
  return [...text].reduce((sum, character) => sum + utf8Width(character.codePointAt(0) ?? 0), 0);
}

function utf8Width(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}
