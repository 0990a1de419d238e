import { parseArgs } from "node:util";
import { type ApiServer } from "./api-server.ts";
import { repositoryCrds } from "./repository.ts";
import { startApiServer } from "./server.ts";

const help = `The embedded Kubernetes API server, for trying things out and for suites.

  --listen HOST:PORT       where to listen; port 0 takes any free one (default 127.0.0.1:0)
  --crds FOLDER            CustomResourceDefinitions to serve (default: the repository's crds)
  --kubeconfig-out FILE    where the kubeconfig goes (default: a temporary file)
  --tls                    serve TLS with a certificate made for this run
  --token TEXT             bearer token that every request must carry (default: none)

Prints one JSON line with "url" and "kubeconfig" when it is ready and runs until SIGTERM.
`;

try {
  await run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      listen: { type: "string", default: "127.0.0.1:0" },
      crds: { type: "string" },
      "kubeconfig-out": { type: "string" },
      token: { type: "string" },
      tls: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const where = parseListen(values.listen);
  const { "kubeconfig-out": kubeconfigPath, token, tls, crds = repositoryCrds() } = values;
  const server = await startApiServer({
    ...where,
    crds,
    tls,
    ...(token === undefined ? {} : { token }),
    ...(kubeconfigPath === undefined ? {} : { kubeconfigPath }),
  });
  stopOnSignal(server);
  process.stdout.write(`${JSON.stringify({ url: server.url, kubeconfig: server.kubeconfigPath })}\n`);
}

function stopOnSignal(server: ApiServer): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void server.stop());
}

function parseListen(text: string): { readonly host: string; readonly port: number } {
  const found = /^(?:\[(.+)\]|([^:]*)):(\d+)$/.exec(text);
  if (found === null) throw new Error(`--listen ${text}: expected HOST:PORT`);
  const host = found[1] ?? found[2] ?? "";
  return { host: host === "" ? "0.0.0.0" : host, port: Number(found[3]) };
}
