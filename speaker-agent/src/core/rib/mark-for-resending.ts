import { type IpFamily } from "@steelyard/model/address";
import { type ClothedTable } from "./types.ts";

/** The same routes, those of one family with a look that nothing equals: so they are sent again, or withdrawn. */
export function markForResending({ routes, looks }: ClothedTable, family: IpFamily): ClothedTable {
  return {
    routes,
    looks: looks.map((look, index) => (routes[index]?.prefix.network.family === family ? undefined : look)),
  };
}
