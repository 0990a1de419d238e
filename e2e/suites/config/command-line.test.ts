import { afterAll, describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attempt } from "../../topology/command.ts";
import { builtProgram } from "../../topology/dist.ts";

// Every flag of MetalLB 0.16.2's own manifests and documentation (reference metallb.md, section 6.3), so that a user's
// manifest starts our programs unchanged.
const metallbFlags: Readonly<Record<string, readonly string[]>> = {
  "operator.mjs": [
    "--port=0",
    "--namespace=metallb-system",
    "--ml-secret-name=memberlist",
    "--deployment=controller",
    "--pod-name=controller-1",
    "--log-level=info",
    "--pprof-bind-address=",
    "--health-probe-port=0",
    "--lb-class=",
    "--webhook-mode=enabled",
    "--webhook-secret=metallb-webhook-cert",
    "--cert-service-name=metallb-webhook-service",
    "--cert-dir=/tmp/certs",
    "--disable-cert-rotation=false",
    "--webhook-http2=false",
    "--tls-min-version=VersionTLS13",
    "--tls-cipher-suites=",
    "--tls-curve-preferences=",
    "--metrics-cert-dir=",
  ],
  "speaker-agent.mjs": [
    "--port=0",
    "--namespace=metallb-system",
    "--pod-name=speaker-1",
    "--node-name=node1",
    "--host=192.0.2.1",
    "--log-level=info",
    "--pprof-bind-address=",
    "--health-probe-port=0",
    "--lb-class=",
    "--ml-bindaddr=192.0.2.1",
    "--ml-bindport=7946",
    "--ml-labels=app=metallb",
    "--ml-secret-key-path=/etc/ml_secret_key",
    "--ml-wan-config=false",
    "--ignore-exclude-lb=false",
    "--bgp-debounce-timeout=3000",
    "--gratuitous-arp-interval=0",
    "--frrk8s-namespace=",
    "--frrk8s-secret-passthrough=false",
    "--tls-min-version=VersionTLS13",
    "--tls-cipher-suites=",
    "--tls-curve-preferences=",
    "--metrics-cert-dir=",
  ],
};

const start = (program: string, args: readonly string[]): ReturnType<typeof attempt> =>
  attempt("env", [
    "-i",
    `PATH=${process.env["PATH"] ?? ""}`,
    process.execPath,
    builtProgram(program),
    ...args,
  ]);

describe.each(Object.keys(metallbFlags))("%s", (program) => {
  test("--help lists every flag of MetalLB and ends with 0", async () => {
    const { status, stdout, stderr } = await start(program, ["--help"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    for (const flag of metallbFlags[program] ?? []) expect(stdout).toContain(flag.split("=")[0]);
  });

  test.each([
    [["--no-such-flag"], "no-such-flag"],
    [["--port=eighty"], "port"],
    [["--port=70000"], "port"],
    [["--log-level=loud"], "log-level"],
    [["stray"], "stray"],
  ])("%j ends with one sentence on standard error and exit code 2", async (args, named) => {
    const { status, stdout, stderr } = await start(program, args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toContain(named);
  });

  test("a kubeconfig that is not there ends with one sentence that names it, and MetalLB's flags pass", async () => {
    const { status, stderr, stdout } = await start(program, [
      ...(metallbFlags[program] ?? []),
      "--kubeconfig=/no/such/file",
    ]);
    expect(status).toBe(2);
    expect(`${stdout}${stderr}`).toContain("/no/such/file");
    expect(stderr).not.toContain("    at ");
  });
});

// MetalLB's own manifests mount this file into every speaker.
describe("the agent's file of interfaces that never announce", () => {
  const folder = mkdtempSync(join(tmpdir(), "steelyard-exclude-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  const startWith = (content: string): ReturnType<typeof attempt> => {
    const file = join(folder, "excludel2.yaml");
    writeFileSync(file, content);
    const flags = ["--node-name=node1", "--namespace=metallb-system", "--port=0", "--health-probe-port=0"];
    return start("speaker-agent.mjs", [
      ...flags,
      `--exclude-interfaces-file=${file}`,
      "--kubeconfig=/no/such/kubeconfig",
    ]);
  };

  test("is read by the built program, which then goes on to the API server", async () => {
    const { status, stderr } = await startWith('announcedInterfacesToExclude: ["^docker.*", "^cbr.*"]\n');
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining("/no/such/kubeconfig") });
  });

  test.each([
    ["announcedInterfacesToExclude: [", "excludel2.yaml is not YAML: "],
    ['announcedInterfacesToExclude: ["("]', "announcedInterfacesToExclude[0] is not a regular expression"],
  ])("%j ends with one sentence that names file and place", async (content, sentence) => {
    const { status, stderr } = await startWith(content);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining(sentence) });
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});
