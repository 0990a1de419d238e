import { type ApiAnswer, type ApiRequest, json } from "../http/exchange.ts";
import { readBody } from "../http/body.ts";
import { isObject } from "../json.ts";

const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/** Whoever may speak to this server may do everything, and is told so; undefined for any other path. */
export function accessReviewRequest(request: ApiRequest): ApiAnswer | undefined {
  if (request.method !== "POST" || request.url.pathname !== path) return undefined;
  const body = readBody(request.body, request.headers["content-type"]);
  return json({ ...(isObject(body) ? body : {}), status: { allowed: true } }, 201);
}
