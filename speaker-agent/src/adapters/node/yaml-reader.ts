// A module of its own for whoever loads the YAML reader late: in a bundle a CommonJS package that is imported
// dynamically has nothing but a default export, while this file's names are the same everywhere.
export { parse as parseYaml } from "yaml";
