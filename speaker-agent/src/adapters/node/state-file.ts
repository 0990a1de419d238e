import { mkdir, open, rename } from "node:fs/promises";
import { join } from "node:path";
import { readFileIfThere } from "./read-file-if-there.ts";
import { type StateStore } from "../../ports/state-store.ts";

export interface StateFileOptions {
  readonly folder: string;
  /** Each node has its own file, so that a folder on a shared volume serves all. */
  readonly nodeName: string;
}

/** A file that is replaced by renaming, so that a crash in the middle of a write leaves the one before. */
export class StateFile implements StateStore {
  readonly place: string;
  readonly #folder: string;

  constructor({ folder, nodeName }: StateFileOptions) {
    this.#folder = folder;
    // The name of a node has none of the signs that this would change; what comes from a flag may.
    this.place = join(folder, `${encodeURIComponent(nodeName)}.json`);
  }

  read(): Promise<string | undefined> {
    return readFileIfThere(this.place);
  }

  async write(text: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const draft = `${this.place}.new`;
    const file = await open(draft, "w", 0o600);
    try {
      await file.writeFile(text);
      // Renamed before it is on the disk, it could be an empty file after a power cut.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, this.place);
  }
}
