import { readFileSync } from "node:fs";

/** Resident memory of a process in MB (10^6 bytes), from /proc. */
export function residentMegabytes(pid: number): number {
  return megabytes(pid, "VmRSS");
}

/** The most it ever was. */
export function peakMegabytes(pid: number): number {
  return megabytes(pid, "VmHWM");
}

function megabytes(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1];
  return (Number(kilobytes) * 1024) / 1e6;
}

/** Processor time a process has used in all its threads, in milliseconds. */
export function processorMillis(pid: number): number {
  // utime and stime in clock ticks of 10 ms (proc(5)): fields 14 and 15, after the name in parentheses.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
