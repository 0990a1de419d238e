import { ApiError, expired, methodNotAllowed } from "../http/api-error.ts";
import { type ApiAnswer, type ApiRequest, json, warningText } from "../http/exchange.ts";
import { type FaultRule } from "../faults/fault-rule.ts";
import { parseResourcePath } from "../http/route.ts";
import { resourceKey } from "../resources/definition.ts";
import { accessReviewRequest } from "./access-review.ts";
import { type ApiContext } from "./api-context.ts";
import { controlRequest } from "./control-requests.ts";
import { discoveryRequest } from "./discovery-requests.ts";
import { resourceRequest } from "./resource-requests.ts";
import { type WriteAnswer } from "./write-requests.ts";

import { type Outcome } from "../http/listener.ts";

/** Answers one request; errors become a Status. Control requests are beyond the reach of faults. */
export async function dispatch(context: ApiContext, request: ApiRequest): Promise<Outcome> {
  try {
    return (await controlRequest(context, request)) ?? (await faultyRequest(context, request));
  } catch (error) {
    return errorAnswer(error);
  }
}

async function faultyRequest(context: ApiContext, request: ApiRequest): Promise<Outcome> {
  const rule = context.faults.meet(request);
  if (rule === undefined) return plainRequest(context, request);
  switch (rule.fault) {
    case "reset":
      return { kind: "reset" };
    case "silence":
      return silenced(request);
    case "slow":
      await new Promise<void>((resolve) => void context.clock.after(rule.delayMillis, resolve));
      return plainRequest(context, request);
    case "lost-answer":
      plainRequest(context, request);
      return { kind: "reset" };
    default:
      return failed(context, request, rule);
  }
}

/** A silent watch is one whose head has arrived: that is the case a client cannot tell from a quiet cluster. */
function silenced(request: ApiRequest): Outcome {
  if (request.resource?.verb !== "watch") return { kind: "silence" };
  return { kind: "events", start: () => () => undefined };
}

type FailingRule = Extract<FaultRule, { readonly fault: "gone" | "too-many-requests" | "error" }>;

function failed(context: ApiContext, request: ApiRequest, rule: FailingRule): Outcome {
  const answer = errorAnswer(faultError(rule));
  audit(context, request, { answer, changed: false });
  if (rule.fault !== "gone" || rule.inStream !== true || request.resource?.verb !== "watch") return answer;
  const status = faultError(rule).toStatus();
  return {
    kind: "events",
    start: (sink) => {
      sink.send({ type: "ERROR", object: status });
      sink.end();
      return () => undefined;
    },
  };
}

function faultError(rule: FailingRule): ApiError {
  switch (rule.fault) {
    case "gone":
      return expired("too old resource version: injected fault");
    case "too-many-requests": {
      const details = { retryAfterSeconds: rule.retryAfterSeconds ?? 1 };
      return new ApiError(
        429,
        "TooManyRequests",
        "the server has received too many requests: injected fault",
        details,
      );
    }
    case "error":
      return new ApiError(rule.code ?? 500, rule.reason ?? "InternalError", "injected fault");
  }
}

function plainRequest(context: ApiContext, request: ApiRequest): ApiAnswer {
  const { resource } = request;
  const review = accessReviewRequest(request) ?? discoveryRequest(context, request);
  if (review !== undefined) return review;
  if (resource === undefined) return unknownRequest(context, request);
  const written = withDeprecation(
    context,
    request,
    attempt(() => resourceRequest(context, resource.path, resource.verb, request)),
  );
  audit(context, request, written);
  return written.answer;
}

/** A method that means nothing for a resource is 405, everything else that is not known is 404. */
function unknownRequest(context: ApiContext, request: ApiRequest): ApiAnswer {
  const path = parseResourcePath(request.url.pathname);
  const isServed =
    path !== undefined && context.registry.find(path.group, path.version, path.resource) !== undefined;
  if (isServed) throw methodNotAllowed();
  return { kind: "text", status: 404, body: "404 page not found\n" };
}

/** Whoever uses a deprecated version is told so, whatever becomes of the request. */
function withDeprecation(context: ApiContext, request: ApiRequest, written: WriteAnswer): WriteAnswer {
  const path = request.resource?.path;
  const found =
    path === undefined ? undefined : context.registry.find(path.group, path.version, path.resource);
  const deprecation = found?.version.deprecation;
  if (deprecation === undefined) return written;
  const { answer } = written;
  const given = answer.headers?.["warning"] ?? [];
  const all = [...(typeof given === "string" ? [given] : given), warningText(deprecation)];
  return { ...written, answer: { ...answer, headers: { ...answer.headers, warning: all } } };
}

function attempt(run: () => WriteAnswer): WriteAnswer {
  try {
    return run();
  } catch (error) {
    return { answer: errorAnswer(error), changed: false };
  }
}

/** An error that is not an ApiError is a bug of this server: it is answered as 500 with its stack, so that a test shows it. */
function errorAnswer(error: unknown): ApiAnswer {
  if (!(error instanceof ApiError)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return json(new ApiError(500, "InternalError", `Internal error occurred: ${text}`).toStatus(), 500);
  }
  const retryAfter = error.details?.retryAfterSeconds;
  const headers = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
  return json(error.toStatus(), error.code, headers);
}

function audit(context: ApiContext, request: ApiRequest, { answer, changed }: WriteAnswer): void {
  const { resource, headers } = request;
  if (resource === undefined) return;
  const { path, verb } = resource;
  context.audit.add({
    time: context.clock.timestamp(),
    verb,
    resource: resourceKey({ group: path.group, plural: path.resource }),
    subresource: path.subresource ?? "",
    namespace: path.namespace ?? "",
    name: path.name ?? "",
    userAgent: headers["user-agent"] ?? "",
    code: answer.kind === "events" ? 200 : answer.status,
    changed,
  });
}
