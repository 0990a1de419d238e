import { describe, expect, test } from "@jest/globals";
import { KubeClient, KubeError } from "@steelyard/client";
import { memberlistSecretContract } from "../../ports/memberlist-secret.contract.ts";
import { KubernetesMemberlistSecret } from "./kubernetes-memberlist-secret.ts";
import { MemoryApi } from "./testing/memory-api.ts";

const path = "/api/v1/namespaces/metallb-system/secrets/memberlist";
const deploymentPath = "/apis/apps/v1/namespaces/metallb-system/deployments/controller";
const { signal } = new AbortController();
const options = { namespace: "metallb-system", name: "memberlist", deployment: "controller" };
const newKey = () => "Wr2BQ6SEnJTtpsFcVfWgYQ";

function rig(changes: Partial<typeof options> = {}) {
  const api = new MemoryApi();
  const client = new KubeClient(api.transport);
  return {
    api,
    client,
    secret: new KubernetesMemberlistSecret({ ...options, ...changes }, { client, newKey }),
  };
}

memberlistSecretContract("KubernetesMemberlistSecret", () => {
  const { api, secret } = rig();
  return { secret, isThere: () => api.get(path) !== undefined, remove: () => api.remove(path) };
});

describe("the Secret of the agents' gossip", () => {
  test("is created with a key, and owned by the Deployment", async () => {
    const { api, secret } = rig();
    api.put(deploymentPath, { metadata: { namespace: "metallb-system", name: "controller", uid: "u1" } });
    expect(await secret.ensure(signal)).toEqual({ at: "created" });
    expect(api.get(path)).toMatchObject({
      metadata: {
        ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name: "controller", uid: "u1" }],
      },
      type: "Opaque",
      data: { secretkey: Buffer.from(newKey()).toString("base64") },
    });
  });

  test("is left alone when it is there", async () => {
    const { api, secret } = rig();
    api.put(path, {
      metadata: { namespace: "metallb-system", name: "memberlist" },
      data: { secretkey: "old" },
    });
    expect(await secret.ensure(signal)).toEqual({ at: "there" });
    expect(api.get(path)).toMatchObject({ data: { secretkey: "old" } });
  });

  test.each(["controller", ""])("needs no Deployment (%j)", async (deployment) => {
    const { api, secret } = rig({ deployment });
    expect(await secret.ensure(signal)).toEqual({ at: "created" });
    expect(api.get(path)?.metadata).not.toHaveProperty("ownerReferences");
  });

  test.each([
    ["already-exists", 409, /^there$/],
    ["forbidden", 403, /^denied Secret metallb-system\/memberlist .*: no$/],
    ["invalid", 422, /^denied Secret metallb-system\/memberlist .*: no$/],
    ["internal", 500, /^unknown .*: no$/],
  ] as const)("a creation that ends with %s", async (code, status, said) => {
    const { client } = rig();
    const create = () => Promise.reject(new KubeError({ code, status, message: "no" }));
    const get: KubeClient["get"] = (...given) => client.get(...given);
    const secret = new KubernetesMemberlistSecret(options, { client: { get, create }, newKey });
    const state = await secret.ensure(signal);
    expect([state.at, ...("problem" in state ? [state.problem] : [])].join(" ")).toMatch(said);
  });
});
