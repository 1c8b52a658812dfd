/** Attributes as a change leaves them: key by key, `null` takes one away; `null` for the whole takes all. */
export function mergedAttributes(
  held: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string | null>> | null,
): Readonly<Record<string, string>> {
  if (changes === null) return {};
  const merged = Object.entries({ ...held, ...changes });
  return Object.fromEntries(merged.filter((entry): entry is [string, string] => entry[1] !== null));
}
