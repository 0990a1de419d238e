import { describe, test } from "@jest/globals";
import { apiServerContract } from "./contract.ts";
import { startKubeApiServer, whyNoKubeApiServer } from "./kube/start.ts";

const why = whyNoKubeApiServer();

if (why === undefined) {
  apiServerContract("the genuine kube-apiserver", () => startKubeApiServer());
} else {
  describe("the genuine kube-apiserver", () => {
    test.skip(`the contract [skipped: ${why}]`, () => undefined);
  });
}
