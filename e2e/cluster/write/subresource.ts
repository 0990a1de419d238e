/** The part of an object that has a path of its own; undefined for the object itself. */
export type Subresource = "status" | undefined;
