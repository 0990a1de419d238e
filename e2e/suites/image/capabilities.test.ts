import { beforeAll, describe, expect, test } from "@jest/globals";
import { attempt, type CommandResult } from "../../topology/command.ts";
import { controllerSecurity, Image, type PodStart, speakerSecurity } from "../../topology/image.ts";
import { enterSandbox } from "../../topology/sandbox.ts";
import { describeImage, whyOnlyRoot } from "./describe-image.ts";

// What the speaker may do in a pod is decided by four: the container's capabilities, its user, allowPrivilegeEscalation, and
// the file capabilities of its node. This table is the ground of the chart's defaults (docs/design/0004-install.md).
describeImage("what a pod's process may do", ["operator", "speaker-agent"], () => {
  beforeAll(() => enterSandbox());

  const both = "cap_net_bind_service cap_net_raw";
  const allowed = { ...speakerSecurity, allowPrivilegeEscalation: true };
  const asRoot = { ...speakerSecurity, runAsUser: 0, runAsGroup: 0 };
  const withAdmin = ["NET_RAW", "NET_BIND_SERVICE", "NET_ADMIN"];

  const needsUsers = whyOnlyRoot();
  const describeUsers = needsUsers === undefined ? describe : describe.skip;
  describeUsers(`for the image's own user${needsUsers ? ` [skipped: ${needsUsers}]` : ""}`, () => {
    test.each<[string, Partial<PodStart>, string]>([
      ["the chart's speaker", {}, both],
      ["one that may escalate", { security: allowed }, both],
      ["one of Docker before 24.0.6", { runtime: "bounding-only" }, ""],
      [
        "one of Docker before 24.0.6 that may escalate",
        { runtime: "bounding-only", security: allowed },
        both,
      ],
      [
        "one that is given more than its file",
        { security: { ...speakerSecurity, capabilities: withAdmin } },
        both,
      ],
    ])("%s", async (_, start, capabilities) => {
      expect(await stateOf("speaker-agent", start)).toMatchObject({
        user: 65534,
        group: 65534,
        capabilities,
      });
    });

    test("a speaker that is given less than its file does not start at all", async () => {
      const security = { ...speakerSecurity, capabilities: ["NET_RAW"] };
      const { status, stderr } = await run("speaker-agent", "0", { security });
      expect(status).not.toBe(0);
      expect(stderr).toContain("Operation not permitted");
    });

    test("the operator has none, and needs none", async () => {
      expect(await stateOf("operator", { security: controllerSecurity })).toMatchObject({
        user: 65534,
        capabilities: "",
      });
    });
  });

  test("root has exactly what the container is given", async () => {
    expect(await stateOf("speaker-agent", { security: asRoot })).toMatchObject({
      user: 0,
      capabilities: both,
    });
    const more = { ...asRoot, capabilities: withAdmin };
    expect(await stateOf("speaker-agent", { security: more })).toMatchObject({
      capabilities: "cap_net_admin cap_net_bind_service cap_net_raw",
    });
  });

  test("no_new_privs is on unless escalation is allowed", async () => {
    expect(await stateOf("speaker-agent", { security: asRoot })).toMatchObject({ noNewPrivileges: "1" });
    const may = { ...asRoot, allowPrivilegeEscalation: true };
    expect(await stateOf("speaker-agent", { security: may })).toMatchObject({ noNewPrivileges: "0" });
  });

  test("nothing can be written but what is mounted for it", async () => {
    const write = (path: string): string =>
      `try { fs.writeFileSync("${path}", "0"); out.push("written"); } catch (error) { out.push(error.code); }`;
    const paths = ["/steelyard/x", "/proc/sys/net/ipv4/ip_forward", "/tmp/x", "/run/held/x"];
    const script = `const fs = require("fs"), out = []; ${paths.map(write).join(" ")} console.log(out.join(" "))`;
    const mounts = [{ emptyDir: "/tmp" }, { from: "/run", to: "/run/held", readOnly: true }];
    const { stdout } = await run("speaker-agent", script, { security: asRoot, mounts });
    expect(stdout.trim()).toBe("EROFS EROFS written EROFS");
  });

  test("the image holds no shell and no package manager", async () => {
    const script = `console.log(require("fs").readdirSync("/usr/bin").join(" "), require("fs").existsSync("/bin"))`;
    for (const name of ["operator", "speaker-agent"] as const)
      expect((await run(name, script, {})).stdout.trim()).toBe("node false");
  });
});

/** Runs a script with the node of an image. */
function run(
  name: "operator" | "speaker-agent",
  script: string,
  start: Partial<PodStart>,
): Promise<CommandResult> {
  const [program, ...args] = new Image(name).command({
    security: speakerSecurity,
    ...start,
    command: ["/usr/bin/node"],
    args: ["-e", script],
  });
  return attempt(program, args);
}

interface ProcessState {
  readonly user: number;
  readonly group: number;
  readonly capabilities: string;
  readonly noNewPrivileges: string;
}

async function stateOf(name: "operator" | "speaker-agent", start: Partial<PodStart>): Promise<ProcessState> {
  const script = `
    const status = require("fs").readFileSync("/proc/self/status", "utf8");
    const field = (name) => status.match(new RegExp(name + ":\\\\s*(\\\\w+)"))[1];
    console.log(JSON.stringify({ user: process.getuid(), group: process.getgid(), effective: field("CapEff"), noNewPrivileges: field("NoNewPrivs") }));
  `;
  const { stdout, stderr } = await run(name, script, start);
  if (stdout === "") throw new Error(stderr);
  const { effective, ...state } = JSON.parse(stdout) as Omit<ProcessState, "capabilities"> & {
    effective: string;
  };
  return { ...state, capabilities: namesIn(BigInt(`0x${effective}`)) };
}

/** linux/capability.h; one that has no name here is shown by its number. */
function namesIn(mask: bigint): string {
  const known = new Map([
    [10, "cap_net_bind_service"],
    [12, "cap_net_admin"],
    [13, "cap_net_raw"],
  ]);
  const numbers = Array.from({ length: 64 }, (_, number) => number).filter(
    (number) => (mask >> BigInt(number)) & 1n,
  );
  return numbers
    .map((number) => known.get(number) ?? String(number))
    .sort()
    .join(" ");
}
