import { afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { delimiter } from "node:path";
import { certificate } from "../testing/certificates.ts";
import { ScratchFolder } from "../testing/scratch-folder.ts";
import { loadConnection } from "./load-connection.ts";

let folder: ScratchFolder;
// Loading client-node takes seconds on a busy machine; no single test should have to pay for it.
beforeAll(() => import("./kubeconfig-loader.ts"), 60_000);

beforeEach(async () => {
  folder = await ScratchFolder.create();
  await folder.write("token", "abc");
  await folder.write("ca.crt", certificate("ca"));
});
afterEach(() => folder.remove());

function kubeconfig(host: string): Promise<string> {
  return folder.write(
    host,
    JSON.stringify({
      "current-context": "c",
      clusters: [{ name: "c", cluster: { server: `https://${host}:6443` } }],
      users: [{ name: "u", user: { token: "t" } }],
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    }),
  );
}

const pod = { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "443" };

describe("which cluster", () => {
  test("the option comes before KUBECONFIG, and that before the service account", async () => {
    const deps = {
      environment: { ...pod, KUBECONFIG: await kubeconfig("from-environment") },
      serviceAccountFolder: folder.path,
    };
    const byOption = await loadConnection({ kubeconfig: await kubeconfig("from-option") }, deps);
    const byEnvironment = await loadConnection({ kubeconfig: "" }, deps);
    const byPod = await loadConnection({}, { environment: pod, serviceAccountFolder: folder.path });
    expect([byOption, byEnvironment, byPod].map(({ server }) => server.hostname)).toEqual([
      "from-option",
      "from-environment",
      "10.0.0.1",
    ]);
  });

  test("KUBECONFIG may list several files", async () => {
    const environment = { KUBECONFIG: ["", "/nonexistent/x", await kubeconfig("listed")].join(delimiter) };
    expect((await loadConnection({}, { environment })).server.hostname).toBe("listed");
  });

  test("none: the error says what would be one", async () => {
    await expect(loadConnection({}, { environment: {} })).rejects.toMatchObject({
      code: "configuration",
      message: expect.stringMatching(/--kubeconfig.*KUBECONFIG.*KUBERNETES_SERVICE_HOST/),
    });
  });
});
