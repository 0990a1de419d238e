import { type FilterInstruction, type FilterProgram } from "../packet-filter.ts";
import { type AddressBlock, type WordRange } from "./address-blocks.ts";
import {
  ACCEPT,
  branch,
  DROP,
  JUMP_EQUAL,
  JUMP_GREATER,
  JUMP_GREATER_OR_EQUAL,
  jumpIf,
  load,
  LOAD_WORD,
  require,
} from "./instructions.ts";

/** In a leaf this small, one test after the other is cheaper than another comparison above them. */
const LEAF_SIZE = 8;

/**
 * A program that accepts the frame if the address at `offset` lies in one of `blocks`. The words are compared from the
 * most significant on, each by a balanced binary search.
 */
export function searchAddress(offset: number, blocks: readonly AddressBlock[], word = 0): FilterProgram {
  const [first] = blocks;
  if (first === undefined) return [DROP];
  const here = offset + 4 * word;
  if (word === first.high.length) return searchRanges(here, first.low);
  const groups = groupByWord(blocks, word).map(({ value, members }) => ({
    start: value,
    program: require(value, searchAddress(offset, members, word + 1)),
  }));
  return [load(LOAD_WORD, here), ...tree(groups)];
}

/** A program that accepts the frame if the word at `offset` lies in one of the sorted `ranges`. */
export function searchRanges(offset: number, ranges: readonly WordRange[]): FilterProgram {
  const leaves: { start: number; program: FilterProgram }[] = [];
  for (let index = 0; index < ranges.length; index += LEAF_SIZE) {
    leaves.push({ start: ranges[index]?.first ?? 0, program: leaf(ranges.slice(index, index + LEAF_SIZE)) });
  }
  return [load(LOAD_WORD, offset), ...tree(leaves)];
}

/** Joins programs into a binary search: each is right for loaded values from its `start` on. */
function tree(leaves: readonly { start: number; program: FilterProgram }[]): FilterProgram {
  if (leaves.length <= 1) return leaves[0]?.program ?? [DROP];
  const middle = leaves.length >> 1;
  return branch(leaves[middle]?.start ?? 0, tree(leaves.slice(0, middle)), tree(leaves.slice(middle)));
}

/** Tests a few ranges in turn; all share the two returns at the end. */
function leaf(ranges: readonly WordRange[]): FilterProgram {
  const length = ranges.reduce((sum, range) => sum + testLength(range), 0);
  const program: FilterInstruction[] = [];
  for (const range of ranges) {
    // The accepting return stands behind all tests and the dropping return.
    const toAccept = length - program.length - testLength(range) + 1;
    if (range.first === range.last) program.push(jumpIf(JUMP_EQUAL, range.first, toAccept, 0));
    else
      program.push(
        jumpIf(JUMP_GREATER_OR_EQUAL, range.first, 0, 1),
        jumpIf(JUMP_GREATER, range.last, 0, toAccept),
      );
  }
  return [...program, DROP, ACCEPT];
}

function testLength(range: WordRange): number {
  return range.first === range.last ? 1 : 2;
}

function groupByWord(
  blocks: readonly AddressBlock[],
  word: number,
): readonly { value: number; members: readonly AddressBlock[] }[] {
  const groups: { value: number; members: AddressBlock[] }[] = [];
  // The blocks are sorted, so equal words are neighbours.
  for (const block of blocks) {
    const value = block.high[word] ?? 0;
    const last = groups.at(-1);
    if (last?.value === value) last.members.push(block);
    else groups.push({ value, members: [block] });
  }
  return groups;
}
