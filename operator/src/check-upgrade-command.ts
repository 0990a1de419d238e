import { systemClock } from "@steelyard/client";
import { type FlagValues, ownNamespace } from "@steelyard/client/program";
import { listUpgradeSnapshot } from "./adapters/kubernetes/list-upgrade-snapshot.ts";
import { withClient } from "./adapters/kubernetes/with-client.ts";
import { printJson, printText } from "./adapters/node/terminal.ts";
import { refuse, runCommand } from "./command.ts";
import { printUpgrade, upgradeExitCodeOf } from "./core/upgrade/index.ts";
import { judgeUpgrade } from "./shell/upgrade/judge-upgrade.ts";
import { upgradeFlags, upgradeSummary } from "./shell/upgrade/upgrade-flags.ts";

/**
 * The entry of `operator.mjs check-upgrade`; like main.ts it wires and decides nothing.
 *
 * @returns the exit code
 */
export function checkUpgradeCommand(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const description = { name: "check-upgrade", summary: upgradeSummary, flags: upgradeFlags };
  return runCommand(description, argv, (flags) => check(flags, signal));
}

async function check(flags: FlagValues<typeof upgradeFlags>, signal: AbortSignal): Promise<number> {
  const namespace = await ownNamespace(flags.namespace);
  if (namespace === undefined)
    return refuse(
      "flag --namespace is needed outside a Pod, or variable METALLB_NAMESPACE: where MetalLB runs",
    );
  const { kubeconfig, "lb-class": lbClasses, o: output } = flags;
  const snapshot = await withClient({ kubeconfig, userAgent: "steelyard-check-upgrade" }, (client) =>
    listUpgradeSnapshot(client, namespace, signal),
  );
  const report = judgeUpgrade(snapshot, { lbClasses, timestamp: systemClock.timestamp() });
  if (!report.ok) return refuse(report.error);
  await (output === "json" ? printJson(report.value) : printText(printUpgrade(report.value)));
  return upgradeExitCodeOf(report.value);
}
