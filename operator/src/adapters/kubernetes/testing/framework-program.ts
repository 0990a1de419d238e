import { FrameworkShell } from "../framework-shell.ts";

// A program in the framework's shell that lives until its input ends. It is bundled and run by framework-shell.test.ts:
// the framework is CommonJS and cannot be loaded inside jest (reference operator.md, section 7).

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const lifecycle = {
  async run(signal: AbortSignal): Promise<void> {
    say("running");
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
    say("stopping");
  },
};

const shell = new FrameworkShell(lifecycle, { log });
process.stdin.on("end", () => shell.stop()).resume();
await shell.start();
say("started");
await shell.ended;
say("ended");
