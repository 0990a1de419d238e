import { type Json, type KubeObject } from "../json.ts";

/** What a cell may need beyond its object. */
export interface CellContext {
  /** Wall clock, milliseconds since the epoch, for ages. */
  readonly nowMillis: number;
}

/** One column of a Table, as `kubectl get` prints it. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description: string;
  /** 0 = always shown, more = only with `-o wide`. */
  readonly priority: number;
  cell(object: KubeObject, context: CellContext): Json;
}

export function column(
  name: string,
  cell: Column["cell"],
  options: { readonly type?: string; readonly wide?: boolean; readonly format?: string } = {},
): Column {
  const { type = "string", wide = false, format } = options;
  return {
    name,
    type,
    ...(format === undefined ? {} : { format }),
    description: "",
    priority: wide ? 1 : 0,
    cell,
  };
}
