/** As names of the IANA database are written; neither offsets (`+01:00`) nor anything that needs quoting. */
const NAME = /^[A-Z][A-Za-z0-9_+-]*(\/[A-Za-z][A-Za-z0-9_+-]*){0,2}$/;
const MAX_LENGTH = 64;
/** Asking takes a tenth of a millisecond, and there are some hundreds. */
const KNOWN = new Set<string>();

/** Whether it names a zone of the IANA time zone database, spelled as there: `Europe/Berlin`, `UTC`. */
export function isTimeZone(name: string): boolean {
  if (KNOWN.has(name)) return true;
  if (name.length > MAX_LENGTH || !NAME.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
  } catch {
    return false;
  }
  KNOWN.add(name);
  return true;
}
