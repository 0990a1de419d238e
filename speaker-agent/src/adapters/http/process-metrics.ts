import { Counter, Gauge, type Registry } from "prom-client";

/**
 * The process metrics that dashboards of MetalLB show. prom-client's own default set also samples the event loop a
 * hundred times a second, which an agent that should cost nothing while idle does not do.
 */
export function registerProcessMetrics(registry: Registry): void {
  const registers = [registry];
  const started = new Gauge({
    name: "process_start_time_seconds",
    help: "Start of the process, seconds since the epoch",
    registers,
  });
  started.set(Math.round(performance.timeOrigin / 1000));
  new Gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory, worker threads included",
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Counter({
    name: "process_cpu_seconds_total",
    help: "User and system time of all threads",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
}
