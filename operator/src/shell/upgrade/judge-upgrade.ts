import { ok, type Result } from "@steelyard/model/foundation";
import { projectNamespace, projectService } from "@steelyard/model/resources";
import { type GivenEdit } from "../../core/plan/index.ts";
import { checkUpgrade, type ClusterSnapshot, type UpgradeReport } from "../../core/upgrade/index.ts";
import { planEdit } from "../plan/plan-edit.ts";

const noEdit: GivenEdit = { pools: [], ignored: [], faults: [], notes: [] };

/**
 * What would change in the cluster; what becomes of addresses is what the operator itself decides, played over the
 * cluster as it is.
 *
 * @param options `timestamp` is now, as RFC 3339 has it
 */
export function judgeUpgrade(
  snapshot: ClusterSnapshot,
  { lbClasses, timestamp }: { readonly lbClasses: readonly string[]; readonly timestamp: string },
): Result<UpgradeReport, string> {
  const lists = {
    services: snapshot.services.map(projectService),
    namespaces: snapshot.namespaces.map(projectNamespace),
    pools: snapshot.ipAddressPools,
  };
  const request = { edit: noEdit, deletions: [], prune: false, timestamp };
  const plan = planEdit(lists, request, { lbClasses, configNamespace: snapshot.namespace });
  if (!plan.ok) return plan;
  return ok(checkUpgrade(snapshot, { lbClasses, consequences: plan.value.services }));
}
