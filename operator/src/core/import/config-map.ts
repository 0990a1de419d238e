import { isJsonObject, type Result } from "@steelyard/model/foundation";
import { type ForeignObject } from "./foreign-object.ts";
import { importKubeVip, isOfKubeVip } from "./kube-vip.ts";
import { isOfOldMetallb, importOldMetallb } from "./old-metallb.ts";
import { type MetallbObjects } from "./metallb-objects.ts";

/** Imports a ConfigMap of kube-vip or of MetalLB before 0.13; false when it is of neither. */
export function importConfigMap(
  object: ForeignObject,
  made: MetallbObjects,
  parseYaml: (text: string) => Result<unknown, string>,
): boolean {
  if (object.kind !== "ConfigMap" || object.group !== "") return false;
  const data = isJsonObject(object.raw["data"]) ? object.raw["data"] : {};
  if (isOfKubeVip(data)) {
    importKubeVip(object, data, made);
    return true;
  }
  if (!isOfOldMetallb(data)) return false;
  const parsed = parseYaml(data["config"]);
  if (parsed.ok) importOldMetallb(object, parsed.value, made);
  else object.refuse("data.config", `is not YAML: ${parsed.error}`);
  return true;
}
