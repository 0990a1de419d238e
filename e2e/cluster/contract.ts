import { describe, jest } from "@jest/globals";
import { type ApiServer } from "./api-server.ts";
import { applyContract } from "./contract/apply.contract.ts";
import { customResourceContract } from "./contract/custom-resources.contract.ts";
import { definitionContract } from "./contract/definitions.contract.ts";
import { deletionContract } from "./contract/deletion.contract.ts";
import { discoveryContract } from "./contract/discovery.contract.ts";
import { eventContract } from "./contract/events.contract.ts";
import { fieldValidationContract } from "./contract/field-validation.contract.ts";
import { kubectlContract } from "./contract/kubectl.contract.ts";
import { listContract } from "./contract/lists.contract.ts";
import { managedFieldsContract } from "./contract/managed-fields.contract.ts";
import { objectContract } from "./contract/objects.contract.ts";
import { patchContract } from "./contract/patches.contract.ts";
import { sampleContract } from "./contract/samples.contract.ts";
import { serviceContract } from "./contract/services.contract.ts";
import { serviceUpdateContract } from "./contract/service-updates.contract.ts";
import { statusContract } from "./contract/status.contract.ts";
import { strategicMergeContract } from "./contract/strategic-merge.contract.ts";
import { tableContract } from "./contract/tables.contract.ts";
import { watchContract } from "./contract/watches.contract.ts";
import { openBench } from "./contract/bench.ts";

/**
 * What both API servers must do alike. Where the embedded one differs from the genuine one, that is a bug of ours: this
 * file says what Kubernetes does, not what we would like it to do.
 */
export function apiServerContract(name: string, start: () => Promise<ApiServer>): void {
  // The genuine server takes its time to withdraw a definition, and kubectl is a process per step.
  jest.setTimeout(60_000);
  describe(name, () => {
    const bench = openBench(start);
    objectContract(bench);
    deletionContract(bench);
    patchContract(bench);
    strategicMergeContract(bench);
    managedFieldsContract(bench);
    applyContract(bench);
    statusContract(bench);
    listContract(bench);
    watchContract(bench);
    fieldValidationContract(bench);
    customResourceContract(bench);
    definitionContract(bench);
    sampleContract(bench);
    serviceContract(bench);
    serviceUpdateContract(bench);
    eventContract(bench);
    tableContract(bench);
    discoveryContract(bench);
    kubectlContract(bench);
  });
}
