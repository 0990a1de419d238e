import { badRequest } from "../http/api-error.ts";
import { parseJson } from "../http/body.ts";
import { type ApiAnswer, type ApiRequest, json } from "../http/exchange.ts";
import { isObject, type Json, type JsonObject } from "../json.ts";
import { type AuditFilter, type AuditRecord } from "../faults/audit-log.ts";
import { type FaultRule } from "../faults/fault-rule.ts";
import { type Interruption } from "../watch/watch-stream.ts";
import { type ApiContext } from "./api-context.ts";

/**
 * The server's own endpoints, for suites in another process:
 * `POST /_faults` a rule, or `{"interruptWatches": "reset", "resources": [...]}`, or `{"compactHistory": true}`;
 * `GET /_faults` the rules in force; `DELETE /_faults` removes them;
 * `GET /_audit?userAgent=&resource=` the writes so far; `DELETE /_audit` forgets them.
 */
export async function controlRequest(
  context: ApiContext,
  request: ApiRequest,
): Promise<ApiAnswer | undefined> {
  switch (`${request.method} ${request.url.pathname}`) {
    case "POST /_faults":
      return json(postFault(context, parseJson(request.body.toString())), 201);
    case "GET /_faults":
      return json(faultState(context));
    case "DELETE /_faults":
      context.faults.clear();
      return json({});
    case "GET /_audit":
      return json(await auditState(context, request.url.searchParams));
    case "DELETE /_audit":
      await context.audit.reset();
      return json({});
    default:
      return undefined;
  }
}

const faults = ["reset", "lost-answer", "gone", "too-many-requests", "error", "silence", "slow"];
const interruptions = ["end", "reset", "gone", "error", "garbage", "silence"];

function postFault(context: ApiContext, body: Json): JsonObject {
  if (!isObject(body)) throw badRequest("a fault is an object");
  if (body["compactHistory"] === true) context.faults.compactHistory();
  const how = body["interruptWatches"];
  if (how !== undefined) {
    if (typeof how !== "string" || !interruptions.includes(how)) {
      throw badRequest(`interruptWatches: ${JSON.stringify(how)}: one of ${interruptions.join(", ")}`);
    }
    const resources = (body["resources"] ?? []) as readonly string[];
    return { interrupted: context.faults.interruptWatches(how as Interruption, resources) };
  }
  const { fault } = body;
  if (fault === undefined) return {};
  if (typeof fault !== "string" || !faults.includes(fault)) {
    throw badRequest(`fault: ${JSON.stringify(fault)}: one of ${faults.join(", ")}`);
  }
  context.faults.inject(body as unknown as FaultRule);
  return body;
}

function faultState({ faults }: ApiContext): JsonObject {
  const rules = faults.rules as unknown as readonly JsonObject[];
  return { rules, metCount: faults.metCount, openWatches: faults.openWatches };
}

async function auditState({ audit }: ApiContext, query: URLSearchParams): Promise<JsonObject> {
  const userAgent = query.get("userAgent");
  const resource = query.get("resource");
  const filter: AuditFilter = {
    ...(userAgent === null ? {} : { userAgent }),
    ...(resource === null ? {} : { resource }),
  };
  const writes: readonly AuditRecord[] = await audit.writes(filter);
  return { writes: writes.map((record) => ({ ...record })), requests: await audit.count(filter) };
}
