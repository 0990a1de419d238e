import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeNetwork } from "../../topology/describe-network.ts";
import { eventually } from "../../topology/eventually.ts";
import { failoverLab, serve } from "../../topology/failover-lab.ts";
import { type Lab } from "../../topology/lab.ts";
import { monotonicMillis } from "../../topology/monotonic.ts";
import { stopAndTell, tell } from "./tell.ts";

describeNetwork("all agents are killed and start again while the API server is away", () => {
  let lab: Lab;
  const stateDir = mkdtempSync(join(tmpdir(), "steelyard-state-"));

  beforeAll(async () => {
    // The agents are another user.
    chmodSync(stateDir, 0o777);
    lab = await failoverLab();
    await lab.startAgents(["--state-dir", stateDir]);
    await lab.untilRing();
  });
  afterAll(async () => {
    await lab.end();
    rmSync(stateDir, { recursive: true });
  });

  test("with --state-dir they announce what they announced before, each address by one of them", async () => {
    const addresses = await serve(lab, "web");
    for (const { name } of lab.speakers) {
      const file = join(stateDir, `${name}.json`);
      await eventually(
        `the addresses in ${file}`,
        () =>
          Promise.resolve(addresses.every((address) => readFileSync(file, "utf8").includes(`"${address}"`))),
        60_000,
      );
    }
    const visitors = await Promise.all(addresses.map((address) => lab.visit(address)));
    const api = lab.loseApiServer();
    for (const node of lab.speakers) await lab.stopAgent(node, "SIGKILL");
    const killed = monotonicMillis();
    await Promise.all(lab.speakers.map((node) => lab.startAgent(node)));
    for (const address of addresses) await lab.soleOwner(address);
    tell(`one owner of each again ${(monotonicMillis() - killed).toFixed(0)} ms after the last was killed`);
    await stopAndTell("all killed", visitors);
    api.giveBack();
    await lab.untilRing();
    for (const address of addresses) await lab.soleOwner(address);
    expect(await lab.addresses("web")).toEqual(addresses);
  });
});
