import { type Page, proseOf } from "./pages.ts";

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(page: Page): ReadonlySet<string> {
  const anchors = new Set<string>();
  const uses = new Map<string, number>();
  for (const [, heading = ""] of proseOf(page).matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const plain = slugOf(heading);
    const earlier = uses.get(plain) ?? 0;
    uses.set(plain, earlier + 1);
    anchors.add(earlier === 0 ? plain : `${plain}-${earlier}`);
  }
  return anchors;
}

function slugOf(heading: string): string {
  return heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, "")
    .replaceAll(" ", "-");
}

/** Where the links of a page lead, reference definitions included; code is not looked at. */
export function linksOf(page: Page): readonly string[] {
  const prose = proseOf(page).replaceAll(/(`+)[^`][\s\S]*?\1/g, (code) => code.replaceAll(/[[\]()]/g, " "));
  const inline = [...prose.matchAll(/\]\(<?([^)\s>]+)>?(?: +"[^"]*")?\)/g)];
  const defined = [...prose.matchAll(/^\[[^\]]+\]: +(\S+)/gm)];
  return [...inline, ...defined].map(([, target = ""]) => target);
}
