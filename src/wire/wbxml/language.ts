/** A tag of a language: its code page, its token (5…0x3F, without the two flag bits) and the element's name. */
export interface TagRow {
  readonly page: number;
  readonly token: number;
  readonly name: string;
}

/** An attribute start: the attribute's name, and the first part of its value when the token implies one. */
export interface AttributeRow {
  readonly page: number;
  readonly token: number;
  readonly name: string;
  readonly value?: string;
  /** How a whole value is written as OPAQUE; otherwise OPAQUE in a value is text. */
  readonly opaque?: 'datetime';
}

/** An attribute value token (0x85…): a piece of a value. */
export interface AttributeValueRow {
  readonly page: number;
  readonly token: number;
  readonly value: string;
}

/** The XML namespace that the elements of a tag code page belong to; `''` for none. */
export interface PageNamespace {
  readonly page: number;
  readonly namespace: string;
}

/**
 * One WBXML application language, as its table file writes it down. Where several rows would do when encoding, the
 * first one wins, so a table's order is part of its meaning.
 */
export interface LanguageTable {
  readonly name: string;
  /** The registered number; absent when there is none and documents say 1, or the identifier as text. */
  readonly publicId?: number;
  /** The formal public identifier of its DTD; absent when there is none. */
  readonly publicIdText?: string;
  readonly namespaces: readonly PageNamespace[];
  readonly tags: readonly TagRow[];
  readonly attributes?: readonly AttributeRow[];
  readonly attributeValues?: readonly AttributeValueRow[];
}

/** What a tag token stands for. */
export interface Tag {
  readonly page: number;
  readonly token: number;
  readonly name: string;
  readonly namespace: string;
}

/** One tag code page, ready for use in both directions. */
export interface TagPage {
  readonly page: number;
  readonly namespace: string;
  /** By token. */
  readonly byToken: readonly (Tag | undefined)[];
  readonly byName: ReadonlyMap<string, Tag>;
}

/** A language with its lookup maps, all derived from the table's rows. */
export interface Language {
  readonly name: string;
  readonly table: LanguageTable;
  /** Tag pages by number. */
  readonly tagPages: readonly (TagPage | undefined)[];
  /** By namespace, then by local name; the first row wins. */
  readonly tagsByNamespace: ReadonlyMap<string, ReadonlyMap<string, Tag>>;
  /** By local name alone; the first row wins. */
  readonly tagsByName: ReadonlyMap<string, Tag>;
  /** The page a namespace's unknown (literal) names are written in. */
  readonly pageByNamespace: ReadonlyMap<string, number>;
  /** Attribute starts by page, then token. */
  readonly attributePages: readonly (readonly (AttributeRow | undefined)[] | undefined)[];
  /** Attribute value tokens by page, then token. */
  readonly valuePages: readonly (readonly (AttributeValueRow | undefined)[] | undefined)[];
  /** Attribute starts by name, those that imply the longest value first. */
  readonly attributesByName: ReadonlyMap<string, readonly AttributeRow[]>;
  /** Attribute value tokens by their first character, the longest first. */
  readonly valuesByInitial: ReadonlyMap<string, readonly AttributeValueRow[]>;
}

/** Derives the lookup maps. */
export function compileLanguage(table: LanguageTable): Language {
  const tagPages: (TagPage | undefined)[] = [];
  const tagsByNamespace = new Map<string, Map<string, Tag>>();
  const tagsByName = new Map<string, Tag>();
  const pageByNamespace = new Map<string, number>();

  for (const { page, namespace } of table.namespaces) {
    const byToken: (Tag | undefined)[] = new Array<Tag | undefined>(64).fill(undefined);
    const byName = new Map<string, Tag>();
    const inNamespace = entry(tagsByNamespace, namespace, () => new Map<string, Tag>());
    for (const row of table.tags) {
      if (row.page !== page) continue;
      const tag: Tag = { page, token: row.token, name: row.name, namespace };
      byToken[row.token] = tag;
      keepFirst(byName, row.name, tag);
      keepFirst(inNamespace, row.name, tag);
      keepFirst(tagsByName, row.name, tag);
    }
    tagPages[page] = { page, namespace, byToken, byName };
    keepFirst(pageByNamespace, namespace, page);
  }

  const attributesByName = new Map<string, AttributeRow[]>();
  for (const row of table.attributes ?? []) entry(attributesByName, row.name, () => []).push(row);
  for (const rows of attributesByName.values()) {
    rows.sort((a, b) => (b.value?.length ?? 0) - (a.value?.length ?? 0));
  }
  const valuesByInitial = new Map<string, AttributeValueRow[]>();
  for (const row of table.attributeValues ?? []) entry(valuesByInitial, row.value.charAt(0), () => []).push(row);
  for (const rows of valuesByInitial.values()) rows.sort((a, b) => b.value.length - a.value.length);

  return {
    name: table.name,
    table,
    tagPages,
    tagsByNamespace,
    tagsByName,
    pageByNamespace,
    attributePages: byPageAndToken(table.attributes ?? []),
    valuePages: byPageAndToken(table.attributeValues ?? []),
    attributesByName,
    valuesByInitial,
  };
}

function byPageAndToken<R extends { page: number; token: number }>(rows: readonly R[]): (R | undefined)[][] {
  const pages: (R | undefined)[][] = [];
  for (const row of rows) {
    pages[row.page] ??= new Array<R | undefined>(256).fill(undefined);
    (pages[row.page] as (R | undefined)[])[row.token] = row;
  }
  return pages;
}

function keepFirst<K, V>(map: Map<K, V>, key: K, value: V): void {
  if (!map.has(key)) map.set(key, value);
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
