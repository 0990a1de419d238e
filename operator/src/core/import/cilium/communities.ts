import { type Fields } from "../fields.ts";

/** RFC 1997 and the IANA registry of well-known communities, in the words of Cilium. */
const wellKnown: Readonly<Record<string, string>> = {
  internet: "0:0",
  "planned-shut": "65535:0",
  "accept-own": "65535:1",
  "route-filter-translated-v4": "65535:2",
  "route-filter-v4": "65535:3",
  "route-filter-translated-v6": "65535:4",
  "route-filter-v6": "65535:5",
  "llgr-stale": "65535:6",
  "no-llgr": "65535:7",
  blackhole: "65535:666",
  "no-export": "65535:65281",
  "no-advertise": "65535:65282",
  "no-export-subconfed": "65535:65283",
  "no-peer": "65535:65284",
};

/** In MetalLB's spelling. */
export function readCommunities(fields: Fields | undefined): readonly string[] {
  if (fields === undefined) return [];
  const known = fields.texts("wellKnown").flatMap((name) => {
    const value = wellKnown[name];
    if (value === undefined) fields.refuse("wellKnown", `${JSON.stringify(name)} is no well-known community`);
    return value === undefined ? [] : [value];
  });
  const standard = fields.texts("standard").map(asPair);
  const large = fields.texts("large").map((text) => `large:${text}`);
  fields.end();
  return [...new Set([...standard, ...known, ...large])];
}

/** One number of 32 bits may stand for the pair. */
function asPair(text: string): string {
  if (!/^[0-9]{1,10}$/.test(text)) return text;
  const value = Number(text);
  return `${Math.floor(value / 65_536)}:${value % 65_536}`;
}
