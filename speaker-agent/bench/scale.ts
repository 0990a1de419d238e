import { measureRingTraffic } from "../src/core/machines/membership/testing/measure-ring.ts";
import { measureScale } from "../src/core/machines/ownership/testing/scale.ts";

/** What no laboratory has the nodes for, simulated; prints one JSON object. `npm run bench -- agent` runs it. */
const nodes = 1_000;
const addresses = 10_000;
const ringSizes = [10, 50, 200];

const clock = (): number => Number(process.hrtime.bigint()) / 1e6;

const election = { nodes, addresses, ...measureScale({ nodes, addresses, clock }) };
const traffic = ringSizes.map((size) => measureRingTraffic(size));
process.stdout.write(`${JSON.stringify({ election, traffic })}\n`);
