import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { repository } from "../topology/dist.ts";
import { Lab } from "../topology/lab.ts";
import { ownerMac } from "../topology/neighbour-probe.ts";
import { type ClusterObject } from "../cluster/index.ts";
import { endpointSlices } from "../topology/objects.ts";
import { eventually } from "../topology/eventually.ts";
import { Story } from "./story.ts";

const story = new Story();

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const unknown = args.find((argument) => argument !== "--keep");
  if (unknown !== undefined) {
    console.error(`npm run demo knows one option, --keep; not "${unknown}".`);
    return 2;
  }
  console.log("Steelyard: a cluster network in namespaces, from YAML to bytes.");
  const lab = await startCluster();
  try {
    await tellStory(lab);
    if (args.includes("--keep")) await keep(lab);
    story.chapter("Everything worked.");
    return 0;
  } catch (error) {
    console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
    console.error(lab.transcripts());
    return 1;
  } finally {
    await lab.end();
  }
}

async function startCluster(): Promise<Lab> {
  story.chapter("A cluster");
  const lab = await story.step(
    "building the network",
    () => Lab.create({ nodes: 3 }),
    (built) => `3 nodes with a pod each, a client, and an API server at ${built.api.url}`,
  );
  await story.step(
    "starting the operator",
    () => lab.startOperator(),
    () => "operator is running",
  );
  await story.step(
    "starting the agents",
    () => lab.startAgents(),
    () => `agents are running on ${lab.network.nodes.map((node) => node.name).join(", ")}`,
  );
  return lab;
}

async function tellStory(lab: Lab): Promise<void> {
  story.chapter("Which addresses may be given out, and how they are announced");
  await applySample(lab, "configuration.yaml");

  story.chapter("A Service of type LoadBalancer, IPv4 and IPv6");
  const service = await applySample(lab, "service.yaml");
  await lab.apply(...endpointSlices(service.metadata.name, "dual", [1, 2, 3]));
  const addresses = await story.step(
    "waiting for addresses",
    () => lab.untilAddresses("web", 2),
    (found) => `EXTERNAL-IP ${found.join(", ")}`,
  );
  const allocated = await lab.untilCondition("web", "steelyard.io/Allocated", "True");
  story.tell(`the Service says: ${allocated.message}`);

  story.chapter("The client asks the segment, and sends bytes");
  for (const address of addresses) await askAndReach(lab, address);
  const announced = await lab.untilCondition("web", "steelyard.io/Announced", "True");
  story.tell(`the Service says: ${announced.message}`);

  story.chapter("The Service is deleted");
  await lab.removeService("web");
  for (const address of addresses) {
    await story.step(
      `listening for ${address}`,
      () => lab.untilSilent(address),
      () => `nobody answers for ${address} any more`,
    );
  }
}

/** Applies a file of e2e/demo/ and shows it. */
async function applySample(lab: Lab, file: string): Promise<ClusterObject> {
  const text = readFileSync(join(repository, "e2e/demo", file), "utf8");
  story.show(text);
  const objects = parseAllDocuments(text).map((document) => document.toJS() as ClusterObject);
  await lab.apply(...objects);
  story.tell(`applied ${file}`);
  return parse(text.split("\n---\n")[0] ?? "") as ClusterObject;
}

async function askAndReach(lab: Lab, address: string): Promise<void> {
  const url = address.includes(":") ? `http://[${address}]/` : `http://${address}/`;
  await story.step(
    `asking who has ${address}`,
    () =>
      eventually(`an answer for ${address}`, () =>
        ownerMac(lab.network.client, "eth0", address, { forMillis: 150 }),
      ),
    (mac) =>
      `who has ${address}? ${mac}, that is ${lab.network.nodeWithMac(mac)?.name ?? "a stranger"}, and nobody else`,
  );
  await story.step(
    `curl ${url}`,
    () => lab.reach(url),
    (body) => `curl ${url} → "${body}"`,
  );
}

/** Leaves everything running until the user has seen enough. */
async function keep(lab: Lab): Promise<void> {
  await applySample(lab, "service.yaml");
  await lab.apply(...endpointSlices("web", "dual", [1, 2, 3]));
  await lab.untilAddresses("web", 2);
  const user = lab.hasOnlyRoot ? "--user --preserve-credentials " : "";
  story.chapter("It keeps running. Look around from another terminal:");
  console.log(
    `\n  nsenter --target ${process.pid} ${user}--net kubectl --kubeconfig ${lab.kubeconfigPath} describe service web\n`,
  );
  console.log("Ctrl-C ends it.");
  await new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
}
