// Reads a Dockerfile as far as ours go: instructions, continued lines, stages by name.

/**
 * @typedef {[keyword: string, rest: string]} Instruction
 * @typedef {{ name: string | undefined, base: string | undefined, instructions: Instruction[] }} Stage
 */

/**
 * The build's arguments, and the stages in their order; the last has no name.
 * @param {string} text
 * @returns {{ args: Record<string, string | undefined>, stages: Stage[] }}
 */
export function readDockerfile(text) {
  const lines = text.replaceAll(/\\\n\s*/g, "").split("\n");
  const instructions = lines
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map(splitInstruction);
  const stages = [];
  const args = {};
  for (const instruction of instructions) {
    const [keyword, rest] = instruction;
    if (keyword === "FROM") {
      const [base, , name] = rest.split(/\s+/);
      stages.push({ name, base, instructions: [] });
    } else if (stages.length === 0) Object.assign(args, argument(rest));
    else stages.at(-1).instructions.push(instruction);
  }
  return { args, stages };
}

/**
 * The arguments of the build that a stage declares, with their defaults.
 * @param {Pick<Stage, "instructions">} stage
 * @returns {Record<string, string | undefined>}
 */
export function stageArguments({ instructions }) {
  return Object.assign({}, ...valuesOf(instructions, "ARG").map(argument));
}

/**
 * What follows a keyword, for each of its instructions.
 * @param {Instruction[]} instructions
 * @param {string} wanted
 * @returns {string[]}
 */
export function valuesOf(instructions, wanted) {
  return instructions.filter(([keyword]) => keyword === wanted).map(([, rest]) => rest);
}

/**
 * LABEL key="value" key="value" …
 * @param {Instruction[]} instructions
 * @returns {Record<string, string>}
 */
export function readLabels(instructions) {
  const pairs = valuesOf(instructions, "LABEL").flatMap((rest) => [...rest.matchAll(/(\S+?)="([^"]*)"/g)]);
  return Object.fromEntries(pairs.map(([, key, value]) => [key, value]));
}

function splitInstruction(line) {
  const [keyword = ""] = line.split(/\s/, 1);
  return [keyword, line.slice(keyword.length).trim()];
}

function argument(rest) {
  const [name = "", value] = rest.split(/=(.*)/s);
  return { [name]: value?.replace(/^"(.*)"$/, "$1") };
}
