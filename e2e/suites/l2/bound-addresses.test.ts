import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type ClusterNode } from "../../topology/cluster-node.ts";
import { describeNetwork } from "../../topology/describe-network.ts";
import { eventually } from "../../topology/eventually.ts";
import { failoverLab, ownerOfAll, serve } from "../../topology/failover-lab.ts";
import { type Lab } from "../../topology/lab.ts";
import { whoHas } from "../../topology/neighbour-probe.ts";

describeNetwork("addresses that are bound to an interface", () => {
  let lab: Lab;
  let addresses: readonly string[];

  beforeAll(async () => {
    lab = await failoverLab({ agentCapabilities: ["net_admin"] });
    await lab.startAgents(["--bind-addresses=lo"]);
    await lab.untilRing();
    addresses = await serve(lab, "web");
  });
  afterAll(() => lab.end());

  const boundOn = async ({ host }: ClusterNode): Promise<readonly string[]> => {
    const shown = await host.ip("-o", "addr", "show", "dev", "lo");
    return addresses.filter((address) => shown.includes(` ${address}/`));
  };
  const untilBoundOnlyOn = (owner: ClusterNode): Promise<unknown> =>
    eventually(`the addresses on lo of ${owner.name} alone`, async () => {
      const bound = await Promise.all(lab.speakers.map(boundOn));
      return lab.speakers.every(({ name }, index) => bound[index]?.length === (name === owner.name ? 2 : 0));
    });

  test("are on lo of the owner, and nowhere else", async () => {
    await untilBoundOnlyOn(await ownerOfAll(lab, addresses));
  });

  test("reach the processes of the node itself", async () => {
    const { host, name } = await ownerOfAll(lab, addresses);
    const serves = `require("http").createServer((_, answer) => answer.end("${name}")).listen(9000, "::")`;
    const server = host.spawn(process.execPath, ["-e", serves]);
    for (const address of addresses) {
      const to = address.includes(":") ? `[${address}]` : address;
      expect(await lab.reach(`http://${to}:9000/`)).toBe(name);
    }
    server.kill();
  });

  test("are answered for once, by the kernel or by the agent", async () => {
    for (const address of addresses) {
      await eventually(`one answer to one question for ${address}`, async () => {
        // A second question would follow after a tenth of a second.
        const answers = await whoHas(lab.network.client, "eth0", address, { forMillis: 90 });
        return answers.filter(({ gratuitous }) => !gratuitous).length === 1;
      });
    }
  });

  test("move with the announcement", async () => {
    const owner = await ownerOfAll(lab, addresses);
    await lab.stopAgent(owner);
    expect(await boundOn(owner)).toEqual([]);
    for (const address of addresses) await lab.soleOwner(address, { not: owner.name });
    await untilBoundOnlyOn(await ownerOfAll(lab, addresses));
    await lab.startAgent(owner);
  });

  test("are swept after a crash, when the agent starts again", async () => {
    const owner = await ownerOfAll(lab, addresses);
    await untilBoundOnlyOn(owner);
    await lab.stopAgent(owner, "SIGKILL");
    expect(await boundOn(owner)).toEqual(addresses);
    await lab.startAgent(owner);
    await untilBoundOnlyOn(await ownerOfAll(lab, addresses));
  });
});
