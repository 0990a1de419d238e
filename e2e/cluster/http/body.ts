import { parse } from "yaml";
import { badRequest, unsupportedMediaType } from "./api-error.ts";
import { isObject, type Json, type JsonObject } from "../json.ts";

export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? "application/json").split(";")[0]?.trim().toLowerCase() ?? "";
}

const readable = ["application/json", "application/yaml"];

/** The body of a create, update or delete; undefined when there is none. Throws ApiError 400 or 415. */
export function readBody(body: Buffer, contentType: string | undefined): Json | undefined {
  if (body.length === 0) return undefined;
  const mediaType = mediaTypeOf(contentType);
  if (mediaType === "application/vnd.kubernetes.protobuf") {
    throw unsupportedMediaType(
      "this server reads JSON and YAML, not protobuf: create the object from a file instead, with kubectl apply -f",
    );
  }
  if (!readable.includes(mediaType)) {
    throw unsupportedMediaType(
      `the body of the request was in an unknown format - accepted media types include: ${readable.join(", ")}`,
    );
  }
  return mediaType === "application/yaml" ? parseYaml(body.toString()) : parseJson(body.toString());
}

export function parseJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw badRequest(`couldn't get version/kind; json parse error: ${String(cause)}`);
  }
}

function parseYaml(text: string): Json {
  try {
    return parse(text) as Json;
  } catch (cause) {
    throw badRequest(`error converting YAML to JSON: ${String(cause)}`);
  }
}

/** The body of a PATCH, whose media type says how it is applied. */
export function readPatch(body: Buffer): Json {
  try {
    return JSON.parse(body.toString()) as Json;
  } catch (cause) {
    throw badRequest(`error decoding patch: ${String(cause)}`);
  }
}

/** The body of an apply: YAML, which JSON is part of and is read faster as such. */
export function readApplied(body: Buffer): JsonObject {
  const text = body.toString();
  const value = text.startsWith("{") ? jsonOrYaml(text) : yamlOf(text);
  if (!isObject(value ?? {})) throw badRequest("error decoding YAML: the body is not an object");
  return isObject(value) ? value : {};
}

function jsonOrYaml(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return yamlOf(text);
  }
}

function yamlOf(text: string): Json {
  try {
    return parse(text) as Json;
  } catch (cause) {
    throw badRequest(`error decoding YAML: ${String(cause)}`);
  }
}
