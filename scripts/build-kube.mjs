// Builds the genuine Kubernetes binaries from the Go modules into .cache/kube/, where the contract suite and the network
// suites look for them. Takes about eight minutes on two cores the first time; nothing runs it by itself.
//
//   node scripts/build-kube.mjs                      all of them
//   node scripts/build-kube.mjs etcd kube-apiserver  only these

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { announce, root, run } from "./process.mjs";

const KUBERNETES = "1.36.3";
const ETCD = "3.6.7";
const KUBERNETES_BINARIES = ["kube-apiserver", "kube-controller-manager", "kube-proxy"];
const OLDEST_GO = [1, 26];

const outFolder = join(root, ".cache", "kube");
const workFolder = join(root, ".cache", "kube-build");
// Static binaries, and go.sum is written on the way: the versions are fixed above, the checksums by Go's database.
const environment = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=mod" };

const wanted = process.argv.slice(2);
const known = ["etcd", ...KUBERNETES_BINARIES];
const unknown = wanted.find((name) => !known.includes(name));
if (unknown !== undefined) fail(`"${unknown}" is none of ${known.join(", ")}`);

requireGo();
mkdirSync(outFolder, { recursive: true });
for (const name of wanted.length === 0 ? known : wanted) {
  announce(`building ${name}`);
  if (name === "etcd") buildEtcd();
  else buildKubernetes(name);
}
announce(`done: ${outFolder}`);

function requireGo() {
  const { stdout, status } = spawnSync("go", ["version"], { encoding: "utf8" });
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(stdout ?? "") ?? [];
  const [oldestMajor, oldestMinor] = OLDEST_GO;
  const isNewEnough =
    Number(major) > oldestMajor || (Number(major) === oldestMajor && Number(minor) >= oldestMinor);
  if (status !== 0 || !isNewEnough)
    fail(`Go ${OLDEST_GO.join(".")} or newer is needed on the PATH (https://go.dev/dl)`);
}

function buildEtcd() {
  const folder = moduleFolder("etcd", [`require go.etcd.io/etcd/server/v3 v${ETCD}`]);
  const main = [
    "package main",
    'import ("os"; "go.etcd.io/etcd/server/v3/etcdmain")',
    "func main() { etcdmain.Main(os.Args) }",
  ];
  writeFileSync(join(folder, "main.go"), `${main.join("\n")}\n`);
  goBuild(folder, "etcd", ".", "-s -w");
}

function buildKubernetes(name) {
  const [, minor, patch] = KUBERNETES.split(".");
  // Kubernetes' own go.mod leaves its staging modules at v0.0.0: whoever uses it as a module has to name their versions.
  const replacements = stagingModules().map(
    (module) => `replace ${module} => ${module} v0.${minor}.${patch}`,
  );
  const folder = moduleFolder("kubernetes", [`require k8s.io/kubernetes v${KUBERNETES}`, ...replacements]);
  goBuild(folder, name, `k8s.io/kubernetes/cmd/${name}`, `-s -w ${versionFlags()}`);
}

function stagingModules() {
  const args = ["mod", "download", "-json", `k8s.io/kubernetes@v${KUBERNETES}`];
  const { stdout, stderr, status } = spawnSync("go", args, {
    cwd: workFolderOf("kubernetes"),
    env: environment,
    encoding: "utf8",
  });
  if (status !== 0) fail(`go ${args.join(" ")}: ${stdout}${stderr}`);
  const text = readFileSync(JSON.parse(stdout).GoMod, "utf8");
  const modules = [...text.matchAll(/^\s*(k8s\.io\/\S+) v0\.0\.0$/gm)].map(([, module]) => module);
  if (modules.length === 0)
    fail("the go.mod of k8s.io/kubernetes names no staging module: this script is out of date");
  return [...new Set(modules)];
}

/** Without these the binaries call themselves v0.0.0, which kubectl cannot parse. */
function versionFlags() {
  const [major, minor] = KUBERNETES.split(".");
  const values = { gitVersion: `v${KUBERNETES}`, gitMajor: major, gitMinor: minor, gitTreeState: "clean" };
  const packages = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"];
  return packages
    .flatMap((name) => Object.entries(values).map(([key, value]) => `-X ${name}.${key}=${value}`))
    .join(" ");
}

function workFolderOf(name) {
  const folder = join(workFolder, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

function moduleFolder(name, directives) {
  const folder = workFolderOf(name);
  writeFileSync(
    join(folder, "go.mod"),
    [`module steelyard.invalid/${name}`, `go ${OLDEST_GO.join(".")}`, ...directives, ""].join("\n"),
  );
  return folder;
}

function goBuild(folder, name, target, ldflags) {
  const args = [
    "-C",
    folder,
    "build",
    "-trimpath",
    `-ldflags=${ldflags}`,
    "-o",
    join(outFolder, name),
    target,
  ];
  run("go", args, { env: environment });
}

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
