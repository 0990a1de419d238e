import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryFolder } from "../repository.ts";

/** A Markdown file of the repository. */
export interface Page {
  /** From the repository's folder. */
  readonly file: string;
  readonly text: string;
}

/** A fenced block of a page. */
export interface CodeBlock {
  readonly file: string;
  /** Of its first line of code, counted from 1. */
  readonly line: number;
  /** What stands behind the fence, such as `yaml` or `yaml talos`. */
  readonly info: string;
  readonly code: string;
}

/** Every Markdown file that belongs to the repository, committed or about to be. */
export function readPages(): readonly Page[] {
  const folder = repositoryFolder();
  const listed = execFileSync(
    "git",
    ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.md"],
    { cwd: folder, encoding: "utf8" },
  );
  const files = listed.split("\0").filter((file) => file !== "" && existsSync(join(folder, file)));
  return [...new Set(files)].sort().map((file) => ({ file, text: readFileSync(join(folder, file), "utf8") }));
}

export function pageOf(file: string): Page {
  return { file, text: readFileSync(join(repositoryFolder(), file), "utf8") };
}

const fence = /^( *)(```+)([^\n`]*)\n([\s\S]*?)^ *\2 *$/gm;

export function codeBlocksOf({ file, text }: Page): readonly CodeBlock[] {
  return [...text.matchAll(fence)].map(({ index, 1: indent = "", 3: info = "", 4: code = "" }) => ({
    file,
    line: text.slice(0, index).split("\n").length + 1,
    info: info.trim(),
    code: code.replaceAll(new RegExp(`^ {0,${indent.length}}`, "gm"), ""),
  }));
}

/** The page without its code: what is left is prose, tables, headings and links. */
export function proseOf({ text }: Page): string {
  return text.replaceAll(fence, "").replaceAll(/<!--[\s\S]*?-->/g, "");
}
