import { expect, test } from "@jest/globals";
import { routerOpen } from "./testing/router-messages.ts";
import { SessionDriver } from "./testing/session-driver.ts";

test("a session comes up", () => {
  const driver = new SessionDriver().give({ kind: "start" }).connected(1);
  driver.hear(1, routerOpen, { kind: "keepalive" });
  expect(driver.report).toMatchObject({ state: "established" });
  driver.pass(100_000);
  expect(driver.report).toMatchObject({ state: "connect" });
});
