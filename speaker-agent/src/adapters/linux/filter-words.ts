import { type FilterProgram } from "../../core/wire/packet-filter.ts";

/** The addon's form of a program: four words per instruction, so that byte order and padding stay the compiler's business. */
export function filterWords(program: FilterProgram): Uint32Array {
  const words = new Uint32Array(program.length * 4);
  program.forEach(({ code, jt, jf, k }, index) => words.set([code, jt, jf, k], index * 4));
  return words;
}
