import { type Clock, type Millis, type Random } from "@steelyard/model/foundation";
import { KubeError } from "../errors.ts";
import { type KubeTransport } from "../transport/kube-transport.ts";
import { type Query } from "../transport/kube-request.ts";
import { IdleWatchdog } from "./idle-watchdog.ts";
import { selectorQuery, type ListTarget } from "./list.ts";
import { parseWatchEvent, type WatchEvent } from "./watch-event.ts";

/** Where a watch begins: after a known version, or with the objects themselves (a streaming list). */
export type WatchStart = { readonly after: string } | { readonly initialEvents: true };

export interface WatchOptions {
  readonly start: WatchStart;
  readonly signal: AbortSignal;
  /** Bookmarks come about once a minute; a stream silent for longer than this is dead. */
  readonly idleLimitMs: Millis;
}

export interface WatchDeps {
  readonly transport: Pick<KubeTransport, "stream">;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Opens a watch and gives its events as they come, until the server ends it cleanly. Throws a KubeError when it ends in
 * any other way: `expired` (as a status or as an event), `resource-version-too-large`, `connection`, `timeout` for initial
 * events that do not come, `malformed`, `aborted`. A stream that falls silent counts as ended.
 *
 * Lines are parsed one at a time as they are asked for, so that of a large chunk one raw object is alive at any moment.
 */
export async function* watchEvents(
  target: ListTarget,
  options: WatchOptions,
  deps: WatchDeps,
): AsyncGenerator<Iterable<WatchEvent>> {
  const doing = `watch ${target.path}`;
  const query = { ...selectorQuery(target.selection), ...watchQuery(options.start, deps.random) };
  const stream = await deps.transport.stream({
    method: "GET",
    path: target.path,
    query,
    signal: options.signal,
  });
  let silent = false;
  const bark = (): void => {
    silent = true;
    stream.close();
  };
  const watchdog = new IdleWatchdog(options.idleLimitMs, bark, deps);
  try {
    for await (const lines of stream.chunks) {
      watchdog.signOfLife();
      yield parseLines(lines, doing);
    }
  } catch (thrown) {
    if (!silent) throw thrown;
  } finally {
    watchdog.stop();
    stream.close();
  }
  // A kind that nobody has written since the server started gets no bookmarks either (measured on 1.36), so silence alone
  // is no fault: the next watch shows whether the server lives. Initial events that do not come are one.
  if (silent && "initialEvents" in options.start) throw silence(doing, options.idleLimitMs);
}

function* parseLines(lines: readonly string[], doing: string): Iterable<WatchEvent> {
  for (const line of lines) yield parseWatchEvent(line, doing);
}

function watchQuery(start: WatchStart, random: Random): Query {
  return {
    watch: true,
    allowWatchBookmarks: true,
    // Drawn, so that the watches of a whole fleet do not end and start together for ever after a restart of the server.
    timeoutSeconds: 300 + Math.floor(random.fraction() * 301),
    ...("after" in start
      ? { resourceVersion: start.after }
      : { sendInitialEvents: true, resourceVersionMatch: "NotOlderThan" }),
  };
}

function silence(doing: string, limit: Millis): KubeError {
  return new KubeError({
    code: "timeout",
    message: `${doing}: nothing came for ${limit} ms, not even a bookmark`,
  });
}
