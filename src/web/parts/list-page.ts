/** A page of a listing, as every listing of the API gives them. */
export interface ListPage<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string;
  /** So many were looked through, and too few of them fit to fill the page. */
  readonly searched?: number;
}
