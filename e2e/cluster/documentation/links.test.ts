import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { repositoryFolder } from "../repository.ts";
import { anchorsOf, linksOf } from "./anchors.ts";
import { codeBlocksOf, type Page, pageOf, readPages } from "./pages.ts";

const pages = readPages();

describe("links of the documentation", () => {
  test("there are pages, and links in them", () => {
    expect(pages.map(({ file }) => file)).toEqual(expect.arrayContaining(["README.md", "docs/README.md"]));
    expect(pages.flatMap(linksOf).length).toBeGreaterThan(100);
  });

  test.each(pages.map((page) => [page.file, page] as const))(
    "%s leads nowhere that is not",
    (_file, page) => {
      expect(linksOf(page).filter((link) => !leadsSomewhere(page, link))).toEqual([]);
    },
  );

  test("every page of docs/ is reached from docs/README.md", () => {
    const reached = new Set(["docs/README.md"]);
    for (const file of reached)
      for (const link of linksOf(pageOf(file)).filter(isRelative))
        if (link.includes(".md") && leadsSomewhere(pageOf(file), link))
          reached.add(targetOf(file, link).file);
    const own = pages.map(({ file }) => file).filter((file) => file.startsWith("docs/"));
    expect(own.filter((file) => !reached.has(file))).toEqual([]);
  });
});

describe("what finds the links", () => {
  const page = {
    file: "docs/made-up.md",
    text: "# A `steelyard.io/X` thing, twice\n\n## Twice\n\n[a](bgp.md#bfd) `[b](none.md)`\n\n## Twice\n\n```sh\n[c](none.md)\n# no heading\n```\n\n[d]: #twice-1\n",
  };

  test("sees inline ones and definitions, and none in code", () => {
    expect(linksOf(page)).toEqual(["bgp.md#bfd", "#twice-1"]);
    expect(codeBlocksOf(page)).toMatchObject([{ line: 10, info: "sh" }]);
  });

  test("makes anchors as GitHub does", () => {
    expect([...anchorsOf(page)]).toEqual(["a-steelyardiox-thing-twice", "twice", "twice-1"]);
  });

  test.each(["none.md", "bgp.md#none", "../nothing/", "#none"])("notices that %s leads nowhere", (link) => {
    expect(leadsSomewhere(page, link)).toBe(false);
  });
});

function isRelative(link: string): boolean {
  return !/^[a-z][a-z+.-]*:/i.test(link);
}

function targetOf(
  file: string,
  link: string,
): { readonly file: string; readonly anchor: string | undefined } {
  const [path = "", anchor] = link.split("#");
  return { file: path === "" ? file : normalize(join(dirname(file), decodeURI(path))), anchor };
}

function leadsSomewhere(page: Page, link: string): boolean {
  if (!isRelative(link)) return true;
  const { file, anchor } = targetOf(page.file, link);
  if (file === page.file) return anchor === undefined || anchorsOf(page).has(anchor);
  if (file.startsWith("..") || !existsSync(join(repositoryFolder(), file))) return false;
  return anchor === undefined || (file.endsWith(".md") && anchorsOf(pageOf(file)).has(anchor));
}
