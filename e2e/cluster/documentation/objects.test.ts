import { describe, jest, test } from "@jest/globals";
import { startKubeApiServer, whyNoKubeApiServer } from "../kube/start.ts";
import { startApiServer } from "../server.ts";
import { documentedObjects } from "./objects.contract.ts";

jest.setTimeout(60_000);

describe("the embedded API server", () => documentedObjects(() => startApiServer()));

describe("the genuine kube-apiserver", () => {
  const why = whyNoKubeApiServer();
  if (why === undefined) documentedObjects(() => startKubeApiServer());
  else test.skip(`the objects of the documentation [skipped: ${why}]`, () => undefined);
});
