// `npm test`: set-up, build, then the suites in four stages. Every skip is counted and printed with its reason; the last
// line is `N passed, N failed, N skipped`, alone.
//
//   npm test                          everything this machine can run
//   npm test -- --only unit|cluster|e2e|kube [jest arguments]
//
// STEELYARD_REQUIRE_NETWORK=1 makes a run fail in which no real-network test passed (CI sets it).

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { announce, root, run } from "./process.mjs";
import {
  ensureHelm,
  ensureImages,
  ensurePackages,
  ensurePeers,
  ensureSchemas,
  ensureSystemPrograms,
  namespaceAccess,
  requireNode,
} from "./set-up.mjs";

const STAGES = [
  {
    name: "unit",
    title: "units, properties, state machines, integration",
    args: ["--selectProjects", "unit"],
  },
  {
    name: "cluster",
    title: "API contract: embedded server, and the genuine one where its binaries are",
    args: ["--selectProjects", "cluster"],
  },
  {
    name: "e2e",
    title: "real network: built programs, real packets",
    args: ["--selectProjects", "network", "--runInBand"],
    sandboxed: true,
  },
  {
    name: "kube",
    title: "genuine Kubernetes: the chart installed by Helm, programs run as its Pods",
    args: ["--selectProjects", "kube", "--runInBand"],
    sandboxed: true,
  },
];

const { only, jestArguments } = readArguments(process.argv.slice(2));

requireNode();
ensurePackages();
const missing = ensureSystemPrograms();
const access = missing === undefined ? namespaceAccess() : { how: "none", because: missing };
announce("building (npm run build)");
run(process.execPath, ["scripts/build.mjs"], { quiet: true });
if (runs("cluster", "kube")) ensureHelm();
if (runs("cluster")) ensureSchemas();
if (runs("e2e", "kube")) {
  ensurePeers();
  ensureImages();
}

const results = STAGES.filter(({ name }) => runs(name)).map(runStage);
report(results);

function runs(...stages) {
  return only === undefined || stages.includes(only);
}

function readArguments(args) {
  const at = args.indexOf("--only");
  if (at === -1) return { only: undefined, jestArguments: args };
  const name = args[at + 1];
  if (!STAGES.some((stage) => stage.name === name)) {
    process.stderr.write(
      `--only wants one of ${STAGES.map((stage) => stage.name).join(", ")}, not "${name ?? ""}"\n`,
    );
    process.exit(2);
  }
  return { only: name, jestArguments: [...args.slice(0, at), ...args.slice(at + 2)] };
}

/** Runs one jest invocation; its results come back as a file, because its output is for people. */
function runStage(stage) {
  announce(stage.title);
  const folder = join(root, ".cache", "test");
  mkdirSync(folder, { recursive: true });
  const output = join(folder, `${stage.name}.json`);
  rmSync(output, { force: true });
  const jest = [
    join(root, "node_modules/jest/bin/jest.js"),
    ...stage.args,
    "--passWithNoTests",
    "--json",
    "--outputFile",
    output,
  ];
  const prefix = stage.sandboxed && access.how !== "none" ? access.prefix : [];
  const [program, ...args] = [...prefix, process.execPath, ...jest, ...jestArguments];
  const ended = spawnSync(program, args, {
    cwd: root,
    // With --json jest prints the results on standard output as well; people read standard error.
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, ...environment(stage) },
  });
  if (!existsSync(output))
    return {
      name: stage.name,
      passed: 0,
      failed: 1,
      skips: [],
      because: `jest ended with ${ended.status ?? ended.signal} and no results`,
    };
  return { name: stage.name, ...count(JSON.parse(readFileSync(output, "utf8"))) };
}

function environment(stage) {
  const options =
    `${process.env.NODE_OPTIONS ?? ""} --experimental-vm-modules --disable-warning=ExperimentalWarning`.trim();
  const assets = kubernetesAssets();
  return {
    NODE_OPTIONS: options,
    ...(assets === undefined ? {} : { KUBEBUILDER_ASSETS: assets }),
    ...(stage.sandboxed && access.how !== "none"
      ? { STEELYARD_OUTER_NET: readlinkSync("/proc/self/ns/net") }
      : {}),
    // swc keeps its unpacked binary in the user's cache and refuses one below folders that others own, which inside a
    // user namespace is every folder: the ids of the real owners are not mapped there.
    ...(stage.sandboxed && access.how === "user-namespace"
      ? { SWC_NATIVE_BINDING_CACHE_SKIP_SECURITY_CHECK: "1" }
      : {}),
    ...(access.how === "none" ? { STEELYARD_NO_SANDBOX: access.because } : {}),
  };
}

/** The genuine binaries: where the environment says, else in this project's own cache (scripts/build-kube.mjs). */
function kubernetesAssets() {
  if (process.env.KUBEBUILDER_ASSETS) return process.env.KUBEBUILDER_ASSETS;
  const cache = join(root, ".cache", "kube");
  return existsSync(cache) && readdirSync(cache).includes("kube-apiserver") ? cache : undefined;
}

/** A suite that could not even be loaded counts as one failure. */
function count(results) {
  const tests = results.testResults.flatMap((suite) => suite.assertionResults);
  const broken = results.testResults.filter(
    (suite) => suite.status === "failed" && suite.assertionResults.length === 0,
  );
  return {
    passed: tests.filter((test) => test.status === "passed").length,
    failed: tests.filter((test) => test.status === "failed").length + broken.length,
    skips: tests
      .filter((test) => ["pending", "skipped", "todo", "disabled"].includes(test.status))
      .map((test) => test.fullName),
  };
}

function report(stages) {
  const skips = stages.flatMap((stage) => stage.skips);
  const sum = (key) => stages.reduce((total, stage) => total + stage[key], 0);
  for (const stage of stages) if (stage.because) process.stdout.write(`${stage.name}: ${stage.because}\n`);
  for (const [reason, names] of bySkipReason(skips))
    process.stdout.write(`skipped ${names.length}: ${reason}\n`);
  const network = stages.find((stage) => stage.name === "e2e");
  const ranNothing =
    process.env.STEELYARD_REQUIRE_NETWORK === "1" && network !== undefined && network.passed === 0;
  if (ranNothing)
    process.stdout.write("the real-network suites ran nothing, and this run exists to run them\n");
  process.stdout.write(
    `${sum("passed")} passed, ${sum("failed") + (ranNothing ? 1 : 0)} failed, ${skips.length} skipped\n`,
  );
  process.exit(sum("failed") > 0 || ranNothing ? 1 : 0);
}

/** A skipped test carries its reason in its name: `… [skipped: no kubectl]`. */
function bySkipReason(names) {
  const groups = new Map();
  for (const name of names) {
    const reason = /\[skipped: (.*?)\]/.exec(name)?.[1] ?? `no reason given: ${name}`;
    groups.set(reason, [...(groups.get(reason) ?? []), name]);
  }
  return [...groups].sort();
}
