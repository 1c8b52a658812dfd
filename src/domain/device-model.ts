/** Which devices something is for, by what they say of themselves: `*` stands for any text, `?` for one character. */
export interface ModelPattern {
  readonly man: string;
  readonly mod: string;
  /** Of the firmware's version; absent: of any. */
  readonly firmware?: string;
}

/** What is known of a device; absent: nothing. */
export interface DeviceModel {
  readonly man?: string;
  readonly mod?: string;
  readonly firmware?: string;
}

/** Is a device of that model? What is not known of it only fits where all fits. */
export function isOfModel({ man, mod, firmware }: ModelPattern, model: DeviceModel): boolean {
  return (
    matches(man, model.man ?? '') &&
    matches(mod, model.mod ?? '') &&
    (firmware === undefined || matches(firmware, model.firmware ?? ''))
  );
}

/** In time that grows with the product of the lengths at most: a `*` goes back only to itself. */
function matches(pattern: string, text: string): boolean {
  let at = 0;
  let place = 0;
  let star = -1;
  let tried = 0;
  while (at < text.length) {
    if (pattern[place] === '*') {
      star = place++;
      tried = at;
    } else if (place < pattern.length && (pattern[place] === '?' || pattern[place] === text[at])) {
      place += 1;
      at += 1;
    } else if (star >= 0) {
      place = star + 1;
      at = ++tried;
    } else return false;
  }
  while (pattern[place] === '*') place += 1;
  return place === pattern.length;
}
