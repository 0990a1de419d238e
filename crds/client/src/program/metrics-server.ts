import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import { type Clock, type Millis } from "@steelyard/model/foundation";
import { type LogSink } from "../log-sink.ts";
import { type HttpRoute, type HttpServer, type HttpServerOptions, startHttpServer } from "./http-server.ts";
import { type MetricsServing, type TlsSettings } from "./metrics-serving.ts";
import { ServingCertificate } from "./serving-certificate.ts";
import { TokenGate, type TokenGateDeps } from "./token-gate.ts";

/** A stranger must not hold a connection by beginning a handshake. */
const handshakeTimeout: Millis = 10_000;

export interface MetricsServerOptions {
  readonly serving: MetricsServing;
  readonly routes: Readonly<Record<string, HttpRoute>>;
}

export interface MetricsServerDeps {
  readonly clock: Clock;
  readonly log: LogSink;
  /** To the API server; used by the secure page only. */
  readonly transport: TokenGateDeps["transport"];
}

/**
 * Serves the metrics page: by HTTPS on all addresses behind a token gate, or else as plain HTTP on 127.0.0.1. Port 0 is a
 * port of the kernel's choice, as with `startHttpServer`.
 *
 * @throws Error that names host and port when the socket cannot be opened
 */
export async function startMetricsServer(
  { serving, routes }: MetricsServerOptions,
  deps: MetricsServerDeps,
): Promise<HttpServer> {
  const { port, secure } = serving;
  if (secure === undefined) {
    deps.log.info(
      {},
      "metrics are served as plain HTTP on 127.0.0.1 only; --secure-metrics serves them to others, by HTTPS and with a token",
    );
    return startHttpServer({ port, host: "127.0.0.1", routes });
  }
  const certificate = await ServingCertificate.open(secure.certificateFolder, deps);
  const gate = new TokenGate(deps);
  return startSecure(
    { port, routes, guard: (authorization) => gate.refusalOf(authorization) },
    {
      certificate,
      tls: secure.tls,
    },
  );
}

async function startSecure(
  options: Omit<HttpServerOptions, "create">,
  { certificate, tls }: { readonly certificate: ServingCertificate; readonly tls: TlsSettings },
): Promise<HttpServer> {
  let https: HttpsServer | undefined;
  const server = await startHttpServer({
    ...options,
    create: (timeouts, listener) => {
      const settings = { ...timeouts, ...tls, ...certificate.pair, handshakeTimeout };
      https = createHttpsServer(settings, listener);
      return https;
    },
  });
  // Connections that are open keep the certificate they began with.
  certificate.follow((pair) => https?.setSecureContext({ ...tls, ...pair }));
  return {
    port: server.port,
    close: () => {
      certificate.close();
      return server.close();
    },
  };
}
