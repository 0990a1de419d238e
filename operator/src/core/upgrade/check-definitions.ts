import { type JsonObject } from "@steelyard/model/foundation";
import { listAt, nameOf, objectAt, objectsAt, textAt } from "./raw-object.ts";
import { finding, type UpgradeContext } from "./upgrade-context.ts";
import { type UpgradeFinding } from "./upgrade-report.ts";

/** CustomResourceDefinitions and webhooks, which live longer than the programs they belong to. */
export function checkDefinitions({ snapshot }: UpgradeContext): readonly UpgradeFinding[] {
  const ours = snapshot.definitions.filter((one) => textAt(one, "spec", "group") === "metallb.io");
  return [
    ...ours.flatMap(checkConversion),
    ...checkRelease(ours),
    ...snapshot.webhooks.flatMap((webhook) => checkWebhook(webhook)),
  ];
}

function checkConversion(definition: JsonObject): readonly UpgradeFinding[] {
  const place = [`CustomResourceDefinition ${nameOf(definition)}`, "spec.conversion"] as const;
  if (textAt(definition, "spec", "conversion", "strategy") !== "Webhook") return [];
  const isOld = listAt(definition, "status", "storedVersions").includes("v1beta1");
  const what = "MetalLB's controller converts between its versions";
  const happens = isOld
    ? "objects that are stored as v1beta1 cannot be read when that controller is gone"
    : "once that controller is gone, objects cannot be read or written in any version but the stored one";
  const advice =
    "apply Steelyard's definition before (value crds.enabled of the chart): both versions spell their fields alike, and nothing converts";
  return [finding("behaviour", place, what, happens, advice)];
}

/** Helm deletes what a release made, and the API server deletes the objects of a definition with it. */
function checkRelease(definitions: readonly JsonObject[]): readonly UpgradeFinding[] {
  const made = definitions.filter((one) => releaseOf(one) !== "");
  const [first] = made;
  if (first === undefined) return [];
  const what = `${made.length} definitions belong to Helm release ${releaseOf(first)}`;
  const happens = `"helm uninstall ${releaseOf(first)}" deletes them, with every pool, peer and advertisement, and so all addresses`;
  const advice = "do not uninstall it: docs/migration.md says how to take the release's objects over";
  return [
    finding(
      "traffic",
      ["CustomResourceDefinition *.metallb.io", 'metadata.annotations["meta.helm.sh/release-name"]'],
      what,
      happens,
      advice,
    ),
  ];
}

function releaseOf(definition: JsonObject): string {
  const annotations = objectAt(definition, "metadata", "annotations");
  if (textAt(annotations, "helm.sh/resource-policy") === "keep") return "";
  const release = textAt(annotations, "meta.helm.sh/release-name");
  return release.includes("steelyard") ? "" : release;
}

function checkWebhook(webhook: JsonObject): readonly UpgradeFinding[] {
  const strict = objectsAt(webhook, "webhooks").filter(
    (one) => textAt(one, "failurePolicy") !== "Ignore" && isAboutMetallb(one),
  );
  if (strict.length === 0) return [];
  const what = `${strict.length} webhooks of MetalLB's controller judge every write of pools, peers and advertisements`;
  const happens = "with that controller gone the API server refuses all such writes (failurePolicy Fail)";
  const name = nameOf(webhook);
  return [
    finding(
      "behaviour",
      [`ValidatingWebhookConfiguration ${name}`, "webhooks"],
      what,
      happens,
      `kubectl delete validatingwebhookconfiguration ${name}, right after the controller`,
    ),
  ];
}

function isAboutMetallb(webhook: JsonObject): boolean {
  return objectsAt(webhook, "rules").some((rule) => listAt(rule, "apiGroups").includes("metallb.io"));
}
