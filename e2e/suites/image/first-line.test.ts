import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { Lab } from "../../topology/lab.ts";
import { l2AdvertisementObject, poolObject } from "../../topology/objects.ts";
import { type Program } from "../../topology/program.ts";
import { describeImage } from "./describe-image.ts";

// What users get, started as the chart's pods are: node, bundle, addon and libraries of the images, and none of this machine's.
describeImage("out of the images, as pods", ["operator", "speaker-agent"], () => {
  let lab: Lab;
  let programs: readonly Program[];
  beforeAll(async () => {
    lab = await Lab.create({ nodes: 2, access: "service-account", membership: true, programs: "image" });
    await lab.apply(poolObject("lan", ["192.168.7.40/32"]), l2AdvertisementObject("lan"));
    programs = [await lab.startOperator(), ...(await lab.startAgents())];
  });
  afterAll(() => lab.end());

  test("the whole line works, without an error or a warning", async () => {
    await lab.untilRing();
    await lab.createService("web", "IPv4", { endpointsOn: [1, 2] });
    expect(await lab.untilAddresses("web", 1)).toEqual(["192.168.7.40"]);
    expect(await lab.reach("http://192.168.7.40/")).toMatch(/^pod[12]$/);
    for (const { lines, noise } of programs) {
      expect(noise).toEqual([]);
      expect(lines.filter(({ level }) => level === "warn" || level === "error")).toEqual([]);
    }
  });

  test("the processes are those of the images, with no right but the chart's", () => {
    const [operator, ...agents] = programs.map(({ pid }) => describeProcess(pid));
    const user = lab.hasOnlyRoot ? 0 : 65534;
    expect(operator).toEqual({ program: "/usr/bin/node", user, capabilities: 0n });
    for (const agent of agents)
      expect(agent).toEqual({ program: "/usr/bin/node", user, capabilities: (1n << 10n) | (1n << 13n) });
  });
});

function describeProcess(pid: number): { program: string | undefined; user: number; capabilities: bigint } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const field = (name: string): string => new RegExp(`^${name}:\\s*(\\w+)`, "m").exec(status)?.[1] ?? "";
  const [program] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  return { program, user: Number(field("Uid")), capabilities: BigInt(`0x${field("CapEff")}`) };
}
