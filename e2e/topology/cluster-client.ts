import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { type ApiServer } from "../cluster/server.ts";
import { type KubeObject } from "./objects.ts";

/** A refusal of the API server; the message is the server's own. */
export class ApiRefusal extends Error {
  override readonly name = "ApiRefusal";

  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** What suites ask of the API server, by path. It shares no code with the programs under test. */
export class ClusterClient {
  private readonly api: Pick<ApiServer, "url" | "token" | "certificateAuthority">;

  constructor(api: Pick<ApiServer, "url" | "token" | "certificateAuthority">) {
    this.api = api;
  }

  get(path: string): Promise<KubeObject> {
    return this.send("GET", path) as Promise<KubeObject>;
  }

  async list(path: string): Promise<readonly KubeObject[]> {
    return ((await this.send("GET", path)) as { items: KubeObject[] }).items;
  }

  /** Creates `object` in the collection that holds `path`. */
  create(path: string, object: KubeObject): Promise<KubeObject> {
    return this.send("POST", path, object) as Promise<KubeObject>;
  }

  /** Creates the object, or replaces everything but the metadata of the one that is there. */
  async apply(path: string, object: KubeObject): Promise<void> {
    const there = await this.get(path).catch((error: unknown) => {
      if (error instanceof ApiRefusal && error.code === 404) return undefined;
      throw error;
    });
    if (there === undefined) await this.create(path.slice(0, path.lastIndexOf("/")), object);
    else
      await this.send("PUT", path, {
        ...object,
        metadata: { ...object.metadata, resourceVersion: there.metadata.resourceVersion },
      });
  }

  mergePatch(path: string, patch: unknown): Promise<unknown> {
    return this.send("PATCH", path, patch, "application/merge-patch+json");
  }

  async delete(path: string): Promise<void> {
    await this.send("DELETE", path);
  }

  private send(
    method: string,
    path: string,
    body?: unknown,
    contentType = "application/json",
  ): Promise<unknown> {
    const url = new URL(path, this.api.url);
    const request = url.protocol === "https:" ? httpsRequest : httpRequest;
    const headers = {
      "user-agent": "steelyard-suite",
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": contentType }),
      ...(this.api.token === undefined ? {} : { authorization: `Bearer ${this.api.token}` }),
    };
    return new Promise((resolve, reject) => {
      const sent = request(
        url,
        { method, headers, ca: this.api.certificateAuthority, agent: false },
        (response) => {
          let text = "";
          response.setEncoding("utf8");
          response.on("data", (chunk: string) => (text += chunk));
          response.on("end", () => {
            const answer = JSON.parse(text) as { message?: string };
            const code = response.statusCode ?? 0;
            if (code < 300) resolve(answer);
            else reject(new ApiRefusal(code, `${method} ${path}: ${code} ${answer.message ?? text}`));
          });
        },
      );
      sent.on("error", reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}
