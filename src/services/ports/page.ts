/** A slice of a listing, newest first unless the listing says otherwise. `cursor` is opaque; absent means the start. */
export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly nextCursor?: string;
}
