import { describe, expect, test } from "@jest/globals";
import { ip, ips } from "../../testing/pools.ts";
import { type LossCause, type LostAddress } from "../../allocator/index.ts";
import { nextRemembered } from "./remembered.ts";

function lost(address: string, is: "in-no-pool" | "family-not-served" = "in-no-pool"): LostAddress {
  const cause: LossCause = { is };
  return { address: ip(address), cause };
}

describe("what a Service remembers", () => {
  test.each<[string, readonly string[], readonly string[], readonly LostAddress[], string | undefined]>([
    ["nothing, as long as it has all", [], ["192.0.2.1"], [], undefined],
    ["what it lost with its pool", [], [], [lost("192.0.2.1")], "192.0.2.1"],
    ["both families", [], [], [lost("192.0.2.1"), lost("2001:db8::1")], "192.0.2.1,2001:db8::1"],
    ["only the family it lacks", [], ["192.0.2.9"], [lost("192.0.2.1"), lost("2001:db8::1")], "2001:db8::1"],
    ["what it remembered before", ["192.0.2.1"], [], [], "192.0.2.1"],
    ["the last one it had of a family", ["192.0.2.1"], [], [lost("192.0.2.2")], "192.0.2.2"],
    ["nothing any more, once it has another", ["192.0.2.1"], ["192.0.2.2"], [], undefined],
    ["nothing it lost for another reason", [], [], [lost("192.0.2.1", "family-not-served")], undefined],
  ])("%s", (_what, remembered, addresses, losses, next) => {
    const decision = { addresses: ips(...addresses), lost: losses };
    expect(nextRemembered(ips(...remembered), decision)).toBe(next);
  });
});
