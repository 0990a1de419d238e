import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type KubeApiServer, whyNoKubeApiServer } from "../../cluster/index.ts";
import { plan } from "../../topology/addressing.ts";
import { describeNetwork } from "../../topology/describe-network.ts";
import { Lab } from "../../topology/lab.ts";

const why = whyNoKubeApiServer();
const describeReviews = (name: string, body: () => void): void =>
  why === undefined ? describeNetwork(name, body) : describe.skip(`${name} [skipped: ${why}]`, body);

const accounts = "/api/v1/namespaces/default/serviceaccounts";
const rbac = "/apis/rbac.authorization.k8s.io/v1";

interface Page {
  readonly status: string;
  readonly body: string;
}

describeReviews("--secure-metrics, on the genuine API server", () => {
  let lab: Lab;
  const tokens = new Map<string, string>();
  const pages = {
    operator: `https://${plan.lan.gateway4}:9120/metrics`,
    agent: `https://${plan.nodeAddress4(1)}:9120/metrics`,
  } as const;

  beforeAll(async () => {
    lab = await Lab.create({ nodes: 1, api: "genuine" });
    for (const name of ["prometheus", "passer-by"]) tokens.set(name, await makeAccount(name));
    await lab.kube.create(`${rbac}/clusterroles`, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "metrics-reader" },
      rules: [{ nonResourceURLs: ["/metrics"], verbs: ["get"] }],
    });
    await lab.kube.create(`${rbac}/clusterrolebindings`, {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "metrics-reader" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "metrics-reader" },
      subjects: [{ kind: "ServiceAccount", name: "prometheus", namespace: "default" }],
    });
    const flags = ["--secure-metrics", "--port=9120"];
    await lab.startOperator(flags);
    await lab.startAgents(flags);
  });
  afterAll(() => lab.end());

  async function makeAccount(name: string): Promise<string> {
    await lab.kube.create(accounts, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name } });
    const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
    const { json } = await lab.kube.request("POST", `${accounts}/${name}/token`, { body: request });
    return (json as { readonly status: { readonly token: string } }).status.token;
  }

  async function read(
    url: string,
    token: string | undefined,
    options: readonly string[] = [],
  ): Promise<Page> {
    const header = token === undefined ? [] : ["-H", `Authorization: Bearer ${token}`];
    const args = ["-sSk", "--max-time", "8", "-w", "\n%{http_code}", ...header, ...options, url];
    const { stdout, stderr } = await lab.network.client.attempt("curl", args);
    const lines = stdout.split("\n");
    return { status: lines.at(-1) ?? "", body: stderr === "" ? lines.slice(0, -1).join("\n") : stderr };
  }

  describe.each(["operator", "agent"] as const)("%s", (program) => {
    const url = pages[program];

    test("gives metrics to the account that may have them, over TLS 1.3", async () => {
      const page = await read(url, tokens.get("prometheus"), ["--tlsv1.3"]);
      expect(page).toEqual({
        status: "200",
        body: expect.stringContaining("metallb_k8s_client_config_loaded_bool"),
      });
      expect(await read(url, tokens.get("prometheus"), ["--tls-max", "1.2"])).toMatchObject({
        status: "000",
      });
    });

    test.each([
      ["no token", undefined, "401", "a bearer token is needed"],
      ["a token that nobody has", "stranger", "401", "does not know this token"],
    ])("refuses %s", async (_, token, status, sentence) => {
      expect(await read(url, token)).toEqual({ status, body: expect.stringContaining(sentence) });
    });

    test("refuses an account that may not, by name", async () => {
      expect(await read(url, tokens.get("passer-by"))).toEqual({
        status: "403",
        body: expect.stringContaining(
          "system:serviceaccount:default:passer-by may not get the path /metrics",
        ),
      });
    });

    test("is not there without TLS", async () => {
      expect(await read(url.replace("https", "http"), tokens.get("prometheus"))).toMatchObject({
        status: "000",
      });
    });
  });

  test("without the flag the page is plain, and nobody but the node itself can have it", async () => {
    const [node] = lab.network.nodes;
    if (node === undefined) throw new Error("a lab of one node has one");
    await lab.stopAgent(node);
    await lab.startAgent(node, ["--port=9120"]);
    expect(await read(pages.agent.replace("https", "http"), undefined)).toMatchObject({ status: "000" });
    const own = await node.host.attempt("curl", ["-sS", "http://127.0.0.1:9120/metrics"]);
    expect(own.stdout).toContain("metallb_k8s_client_config_loaded_bool");
  });

  test("a certificate from a folder is shown, and verified by whoever trusts it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "steelyard-certificate-"));
    try {
      const subject = ["-subj", "/CN=metrics", "-addext", `subjectAltName=IP:${plan.lan.gateway4}`];
      const files = ["-keyout", join(folder, "tls.key"), "-out", join(folder, "tls.crt")];
      const { status } = await lab.network.client.attempt("openssl", [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
        ...subject,
        ...files,
      ]);
      expect(status).toBe(0);
      await lab.stopOperator();
      await lab.startOperator(["--secure-metrics", "--port=9120", `--metrics-cert-dir=${folder}`]);
      const trust = ["--no-insecure", "--cacert", join(folder, "tls.crt")];
      expect(await read(pages.operator, tokens.get("prometheus"), trust)).toMatchObject({ status: "200" });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  // The last: it takes the API server away.
  test("an API server that hangs lets nobody in whom it did not know just now", async () => {
    const genuine = lab.api as KubeApiServer;
    const { status } = await read(pages.operator, tokens.get("prometheus"));
    expect(status).toBe("200");
    genuine.freeze();
    try {
      expect(await read(pages.operator, tokens.get("prometheus"))).toMatchObject({ status: "200" });
      expect(await read(pages.operator, tokens.get("passer-by"))).toEqual({
        status: "500",
        body: expect.stringContaining("the API server did not say"),
      });
    } finally {
      genuine.thaw();
    }
  });
});
