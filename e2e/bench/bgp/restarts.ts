import { setTimeout as pause } from "node:timers/promises";
import { plan } from "../../topology/addressing.ts";
import { type RouterLab, type Site } from "../../topology/router-lab.ts";
import { type Figure, withGoal } from "../figure.ts";

const restarts = 10;
const neighbor = plan.nodeAddress4(1);

/** Connections of a client through the router, while the only agent is replaced again and again. */
export async function measureRestarts(lab: RouterLab, site: Site, address: string): Promise<Figure[]> {
  const node = lab.lab.network.node(1);
  const visitor = await lab.visit(address);
  for (let round = 0; round < restarts; round++) {
    const before = await site.router.session(neighbor);
    await lab.lab.stopAgent(node);
    await lab.lab.startAgent(node);
    await site.router.until("another session", async () => {
      const now = await site.router.session(neighbor);
      return now?.established === true && now.identity !== before?.identity;
    });
    await site.router.until("fresh routes", async () =>
      (await site.router.routesTo(`${address}/32`)).every(({ stale }) => !stale),
    );
    await pause(200);
  }
  const { lost, cut, answered } = await visitor.stop();
  return [
    withGoal(
      `connections through ${site.router.kind}, ${restarts} restarts of the only agent: lost or cut`,
      `${lost + cut} of ${answered + lost + cut}`,
      "0",
      lost + cut === 0,
    ),
  ];
}
