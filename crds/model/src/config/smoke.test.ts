import { expect, test } from "@jest/globals";
import { buildConfig } from "./index.ts";
import { isHandledService } from "../services/index.ts";
import { projectIpAddressPool } from "../resources/index.ts";
import { ManualClock } from "../testing/index.ts";
test("smoke", () => {
  const pool = projectIpAddressPool({ metadata: { name: "a", namespace: "m" }, spec: { addresses: ["10.0.0.0/8", "fd00::1-fd00::9"], avoidBuggyIPs: true } });
  const built = buildConfig({ namespace: "m", pools: [pool], l2Advertisements: [{metadata:{name:"x",namespace:"m"}} as never], namespaces: [] });
  expect(built.problems).toEqual([]);
  expect(built.config.pools[0]?.addresses.count()).toBe(16777216n - 131072n + 9n);
  expect(isHandledService({ metadata: { name: "x" }, spec: {} }, [])).toBe(false);
  expect(new ManualClock().timestamp()).toBe("2026-01-01T00:00:00.000000Z");
});
