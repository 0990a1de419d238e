import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { stringify } from "yaml";
import { type ClusterObject, whyNoKubeApiServer } from "../../cluster/index.ts";
import { attempt, command, type CommandResult } from "../../topology/command.ts";
import { describeNetwork } from "../../topology/describe-network.ts";
import { builtProgram } from "../../topology/dist.ts";
import { eventually } from "../../topology/eventually.ts";
import { Lab } from "../../topology/lab.ts";
import { type Families, l2AdvertisementObject, poolObject, systemNamespace } from "../../topology/objects.ts";

interface Plan {
  readonly verdict: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly services: readonly {
    readonly service: string;
    readonly consequence: string;
    readonly after: readonly string[];
    readonly poolAfter: string | null;
  }[];
  readonly interrupted: readonly unknown[];
  readonly refused: readonly { readonly name: string; readonly inForce: readonly string[] }[];
  readonly ignored: readonly string[];
}

interface Edit {
  readonly name: string;
  readonly before: readonly ClusterObject[];
  /** Of the Services, oldest first; single-stack unless said otherwise. */
  readonly services: Readonly<Record<string, Families>>;
  readonly apply: readonly ClusterObject[];
  readonly remove?: readonly string[];
  readonly verdict: "stays" | "changes";
  readonly counts: Readonly<Record<string, number>>;
}

const lan = poolObject("lan", ["192.168.7.40-192.168.7.43"]);
const three = { a: "IPv4", b: "IPv4", c: "IPv4" } as const;

/** What a user does to pools, and what is to be expected of it. */
const edits: readonly Edit[] = [
  {
    name: "widened",
    before: [lan],
    services: three,
    apply: [poolObject("lan", ["192.168.7.40-192.168.7.49"])],
    verdict: "stays",
    counts: { keeps: 3 },
  },
  {
    name: "shrunk: one moves into what is free, one loses",
    before: [lan],
    services: three,
    apply: [poolObject("lan", ["192.168.7.42-192.168.7.43"])],
    verdict: "changes",
    counts: { keeps: 1, moves: 1, loses: 1 },
  },
  {
    name: "split",
    before: [lan],
    services: three,
    apply: [
      poolObject("high", ["192.168.7.42-192.168.7.43"]),
      poolObject("lan", ["192.168.7.40-192.168.7.41"]),
    ],
    verdict: "stays",
    counts: { keeps: 3 },
  },
  {
    name: "renamed",
    before: [poolObject("lan", ["192.168.7.40-192.168.7.43", "fd07::40-fd07::43"])],
    services: { a: "dual", b: "IPv6" },
    apply: [poolObject("office", ["192.168.7.40-192.168.7.43", "fd07::40-fd07::43"])],
    remove: ["lan"],
    verdict: "stays",
    counts: { keeps: 2 },
  },
  {
    name: "deleted",
    before: [lan],
    services: three,
    apply: [],
    remove: ["lan"],
    verdict: "changes",
    counts: { loses: 3 },
  },
  {
    name: "deleted while another one has room for some",
    before: [lan, poolObject("spare", ["192.168.7.60-192.168.7.61"], { autoAssign: true })],
    services: three,
    apply: [],
    remove: ["lan"],
    verdict: "changes",
    counts: { moves: 2, loses: 1 },
  },
  {
    name: "given another priority",
    before: [
      poolObject("lan", ["192.168.7.40/32"], { serviceAllocation: { priority: 1, namespaces: ["default"] } }),
      poolObject("other", ["192.168.7.50-192.168.7.51"], {
        serviceAllocation: { priority: 2, namespaces: ["default"] },
      }),
    ],
    services: { a: "IPv4", b: "IPv4" },
    apply: [
      poolObject("lan", ["192.168.7.40/32"], { serviceAllocation: { priority: 3, namespaces: ["default"] } }),
    ],
    verdict: "stays",
    counts: { keeps: 2 },
  },
  {
    name: "told to avoid buggy addresses",
    before: [poolObject("lan", ["192.168.7.255-192.168.8.2"], { avoidBuggyIPs: false })],
    services: { a: "IPv4", b: "IPv4", c: "IPv4" },
    apply: [poolObject("lan", ["192.168.7.255-192.168.8.2"], { avoidBuggyIPs: true })],
    verdict: "changes",
    counts: { keeps: 1, moves: 1, loses: 1 },
  },
  {
    name: "made for those who wait",
    before: [poolObject("lan", ["192.168.7.40/32"])],
    services: three,
    apply: [poolObject("more", ["192.168.7.50/32"])],
    verdict: "stays",
    counts: { keeps: 1, gains: 1, waits: 1 },
  },
];

function asYaml(objects: readonly ClusterObject[]): string {
  return objects.map((object) => stringify(object)).join("---\n");
}

const why =
  spawnSync("kubectl", ["version", "--client"], { stdio: "ignore" }).status === 0
    ? undefined
    : "no kubectl on the PATH";

const noGenuine = whyNoKubeApiServer();
plans("embedded", describeNetwork);
plans("genuine", noGenuine === undefined ? describeNetwork : describe.skip, noGenuine);

function plans(
  api: "embedded" | "genuine",
  describeSuite: (name: string, body: () => void) => void,
  skipped?: string,
): void {
  const suffix = skipped === undefined ? "" : ` [skipped: ${skipped}]`;
  describeSuite(
    `plan says before what an edit of the pools does after, on the ${api} API server${suffix}`,
    () => {
      let lab: Lab;
      beforeAll(async () => {
        lab = await Lab.create({ nodes: 1, api });
        await lab.startOperator();
      });
      afterEach(async () => {
        await lab.removeServices();
        for (const pool of await lab.list("ipaddresspools")) await lab.remove(pool);
      });
      afterAll(() => lab.end());

      test.each(edits)(
        "a pool is $name",
        async ({ before, services, apply, remove = [], verdict, counts }) => {
          await lab.apply(...before);
          await createServices(services);
          const { result, plan } = await planJson(apply, remove);
          expect({ verdict: plan.verdict, status: result.status }).toEqual({
            verdict,
            status: verdict === "stays" ? 0 : 1,
          });
          expect(plan.counts).toEqual({ loses: 0, moves: 0, gains: 0, keeps: 0, waits: 0, ...counts });
          await lab.apply(...apply);
          for (const name of remove) await lab.remove(poolObject(name, []));
          await untilInForce(apply);
          await untilAsPlanned(plan);
        },
      );

      const describeKubectl = why === undefined ? describe : describe.skip;
      describeKubectl(`with kubectl${why === undefined ? "" : ` [skipped: ${why}]`}`, () => {
        let folder: string;
        beforeAll(() => {
          folder = mkdtempSync(join(tmpdir(), "steelyard-plan-"));
        });
        afterAll(() => rmSync(folder, { recursive: true, force: true }));

        const kubectlApply = (text: string): Promise<string> =>
          command(
            "kubectl",
            ["--kubeconfig", lab.kubeconfigPath, "--cache-dir", folder, "apply", "-f", "-"],
            {
              input: text,
            },
          );

        test("a field that was applied and is dropped goes, and what was planned happens", async () => {
          const addresses = ["192.168.7.255-192.168.8.1"];
          await kubectlApply(stringify(poolObject("lan", addresses, { avoidBuggyIPs: true })));
          await createServices({ a: "IPv4", b: "IPv4" });
          const edit = [poolObject("lan", addresses)];
          const { plan } = await planJson(edit, []);
          expect(plan.counts).toMatchObject({ keeps: 1, gains: 1 });
          await kubectlApply(asYaml(edit));
          await untilInForce(edit);
          await untilAsPlanned(plan);
        });
      });

      describe("what it prints", () => {
        test("is a table per kind of consequence with the reasons, and the counts in the last line", async () => {
          await lab.apply(lan);
          await createServices(three);
          const edit = [poolObject("lan", ["192.168.7.42-192.168.7.43"]), l2AdvertisementObject("lan")];
          const { status, stdout } = await runPlan(["-f", "-"], asYaml(edit));
          expect(status).toBe(1);
          expect(stdout).toBe(`POOLS
  POOL  CHANGE  IN FORCE NOW     IN FORCE AFTER
  lan   edited  192.168.7.40/30  192.168.7.42/31

LOSE an address and get none in its place
  SERVICE    FROM          TO  KEEPS  WHY
  default/b  192.168.7.41  -   -      no IPAddressPool gives it out any more; nobody answers for it now anyway (NoAdvertisement); pool lan is full (2 of 2 IPv4 addresses in use); add addresses to spec.addresses of pool lan, or delete a Service that holds one

MOVE to another address
  SERVICE    FROM          TO            KEEPS  WHY
  default/a  192.168.7.40  192.168.7.43  -      no IPAddressPool gives it out any more; nobody answers for it now anyway (NoAdvertisement); the new one is from pool lan

Ignored, only IPAddressPools are played: L2Advertisement metallb-system/lan.

lose 1, move 1, gain 0, keep 1, wait 0
`);
        });

        test("names a pool that would be refused, with the field and what stays in force", async () => {
          await lab.apply(lan);
          await createServices({ a: "IPv4" });
          const overlapping = poolObject("more", ["192.168.7.43-192.168.7.50"]);
          const { status, stdout } = await runPlan(["-f", "-"], stringify(overlapping));
          expect(status).toBe(2);
          expect(stdout).toContain(
            "IPAddressPool more would be refused; nothing of it is in force\n  spec.addresses[0]: ",
          );
          expect(stdout.trimEnd().split("\n").at(-1)).toBe("lose 0, move 0, gain 0, keep 1, wait 0");
        });

        test("and asks the API server for: three lists", async () => {
          await lab.apply(lan);
          await lab.api.audit.reset();
          await planJson([lan], []);
          const requests = await lab.api.audit.requests({ userAgent: "steelyard-plan" });
          expect(requests.map(({ verb, resource }) => `${verb} ${resource}`).sort()).toEqual([
            "list ipaddresspools.metallb.io",
            "list namespaces",
            "list services",
          ]);
        });
      });

      test.each([
        {
          name: "a field of another type",
          input: stringify(poolObject("lan", ["192.168.7.40/32"], { autoAssign: "perhaps" })),
          args: ["-f", "-"],
          says: 'standard input: IPAddressPool metallb-system/lan: spec.autoAssign must be a boolean, not "perhaps"',
        },
        {
          name: "a text that is no YAML",
          input: "a: [",
          args: ["-f", "-"],
          says: "standard input is not YAML: ",
        },
        {
          name: "a file that is not there",
          input: "",
          args: ["-f", "/no/such/file.yaml"],
          says: "cannot read /no/such/file.yaml",
        },
        {
          name: "a pool to delete that is not there",
          input: "",
          args: ["--delete", "wan"],
          says: "there is no pool wan",
        },
        { name: "nothing to do", input: "", args: [], says: "nothing to plan" },
        { name: "an unknown flag", input: "", args: ["--now"], says: "unknown flag --now" },
        {
          name: "no cluster",
          input: stringify(lan),
          args: ["-f", "-", "--kubeconfig=/no/such/kubeconfig"],
          says: "/no/such/kubeconfig",
        },
        {
          name: "another output",
          input: "",
          args: ["-f", "-", "-o", "xml"],
          says: 'flag -o: "xml" is not one of text, wide, json',
        },
      ])("$name cannot be judged: exit code 2 and one sentence", async ({ input, args, says }) => {
        const { status, stdout, stderr } = await runPlan(args, input);
        expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
        expect(stderr).toContain(says);
        expect(stderr.trim().split("\n")).toHaveLength(1);
      });

      // The genuine one cannot be made to fail on purpose.
      if (api === "embedded") {
        test("an API server that is away cannot be asked: exit code 2", async () => {
          lab.api.faults.inject({ fault: "reset" });
          try {
            const { status, stdout } = await runPlan(["-f", "-"], stringify(lan));
            expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
          } finally {
            lab.api.faults.clear();
          }
        });
      }

      test("--help explains it, and the operator's own mentions it", async () => {
        const { status, stdout } = await runPlan(["--help"]);
        expect(status).toBe(0);
        for (const flag of ["-f", "--delete", "--prune", "-o", "--kubeconfig", "--namespace", "--lb-class"])
          expect(stdout).toContain(`\n  ${flag}`);
        expect(await command(process.execPath, [builtProgram("operator.mjs"), "--help"])).toContain(
          "operator.mjs plan -f",
        );
      });

      /** One after the other, each a second younger, and as far as there are addresses they are given out. */
      async function createServices(services: Edit["services"]): Promise<void> {
        for (const [name, families] of Object.entries(services)) {
          await lab.createService(name, families);
          await eventually(`the operator to have seen ${name}`, async () =>
            lab.condition(name, "steelyard.io/Allocated"),
          );
        }
      }

      function runPlan(args: readonly string[], input = ""): Promise<CommandResult> {
        const cluster = ["--kubeconfig", lab.kubeconfigPath, "--namespace", systemNamespace];
        return attempt(process.execPath, [builtProgram("operator.mjs"), "plan", ...cluster, ...args], {
          input,
        });
      }

      async function planJson(
        apply: readonly ClusterObject[],
        remove: readonly string[],
      ): Promise<{ readonly result: CommandResult; readonly plan: Plan }> {
        const files = apply.length === 0 ? [] : ["-f", "-"];
        const deletions = remove.flatMap((name) => ["--delete", name]);
        const input = asYaml(apply);
        const result = await runPlan([...files, ...deletions, "-o", "json"], input);
        if (result.stdout === "") throw new Error(result.stderr);
        return { result, plan: JSON.parse(result.stdout) as Plan };
      }

      /** The operator has looked at the pools as they are now. */
      async function untilInForce(pools: readonly ClusterObject[]): Promise<void> {
        for (const pool of pools) {
          await eventually(`pool ${pool.metadata.name} to be in force as it is`, async () => {
            const { metadata, status } = await lab.get(pool);
            const { conditions = [] } = (status ?? {}) as {
              readonly conditions?: readonly {
                readonly type: string;
                readonly status: string;
                readonly observedGeneration?: number;
              }[];
            };
            const valid = conditions.find(({ type }) => type === "steelyard.io/Valid");
            return (
              valid?.status === "True" &&
              valid.observedGeneration === (metadata as { readonly generation?: number }).generation
            );
          });
        }
      }

      async function untilAsPlanned({ services }: Plan): Promise<void> {
        const planned = Object.fromEntries(
          services.map(({ service, after, poolAfter }) => [service, { after, poolAfter }]),
        );
        await eventually("every Service to have what was planned", async () => {
          const found = await Promise.all(
            services.map(({ service }) => holdingOf(service.replace("default/", ""))),
          );
          expect(Object.fromEntries(found)).toEqual(planned);
          return true;
        });
      }

      async function holdingOf(name: string): Promise<readonly [string, object]> {
        const { annotations } = (await lab.service(name)).metadata;
        const poolAfter = annotations?.["metallb.io/ip-allocated-from-pool"] ?? null;
        return [`default/${name}`, { after: await lab.addresses(name), poolAfter }];
      }
    },
  );
}
