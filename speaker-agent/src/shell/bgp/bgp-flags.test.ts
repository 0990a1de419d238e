import { describe, expect, test } from "@jest/globals";
import { parseFlags } from "@steelyard/client/program";
import { ip } from "../../core/wire/testing/ip.ts";
import { agentFlags } from "../flags.ts";
import { readBgpFlags } from "./bgp-flags.ts";

function read(...argv: string[]) {
  const flags = parseFlags(agentFlags, argv, {});
  if (!flags.ok) throw new Error(flags.error);
  return readBgpFlags(flags.value);
}

describe("readBgpFlags", () => {
  test("nobody may connect, and no route waits, unless asked for", () => {
    expect(read()).toEqual({ ok: true, value: { listen: [], routeDelay: 0 } });
  });

  test.each([
    ["192.0.2.1", ip("192.0.2.1"), 179],
    ["0.0.0.0:1790", ip("0.0.0.0"), 1790],
    ["::", ip("::"), 179],
    ["[::]:1790", ip("::"), 1790],
    ["[2001:db8::1]", ip("2001:db8::1"), 179],
  ])("%s", (text, address, port) => {
    expect(read("--bgp-listen", text, "--bgp-route-delay=250")).toEqual({
      ok: true,
      value: { listen: [{ address, port }], routeDelay: 250 },
    });
  });

  test.each(["nonsense", "192.0.2.1:0", "192.0.2.1:65536", "[192.0.2.1]:179", "192.0.2.1:x", ""])(
    "%j is refused by name",
    (text) => {
      const flags = read(`--bgp-listen=${text},192.0.2.1`);
      if (text === "") expect(flags.ok).toBe(true);
      else expect(flags).toEqual({ ok: false, error: expect.stringContaining(`--bgp-listen: "${text}"`) });
    },
  );
});
