import { expect, it } from 'vitest';
import { compareCodePoints, isAttributeKey, isTag, tagSet } from '../../src/domain/device-labels.ts';
import { isTimeZone } from '../../src/domain/time-zone.ts';

it('a tag is a short text without separators', () => {
  for (const tag of ['a', 'site berlin', 'ü', 'x'.repeat(64), 'a/b:c.d']) expect(isTag(tag)).toBe(true);
  for (const tag of ['', ' a', 'a ', 'a,b', 'a;b', 'a|b', 'a\nb', 'x'.repeat(65), '\ud800'])
    expect(isTag(tag)).toBe(false);
});

it('a set of tags has each once, in the order of code points', () => {
  expect(tagSet(['b', '\u{1f4f1}', '\uffee', 'a', 'b', 'ab'])).toEqual(['a', 'ab', 'b', '\uffee', '\u{1f4f1}']);
  expect(compareCodePoints('\u{1f4f1}', '\uffee')).toBeGreaterThan(0);
  expect(compareCodePoints('a', 'a')).toBe(0);
});

it('the key of an attribute needs no quotes in a filter', () => {
  for (const key of ['a', 'A.b-c_9', '0']) expect(isAttributeKey(key)).toBe(true);
  for (const key of ['', '.a', '-a', 'a b', 'ü', '__proto__', 'x'.repeat(65)]) expect(isAttributeKey(key)).toBe(false);
});

it('a time zone is one of the IANA database, by its name', () => {
  for (const name of ['Europe/Berlin', 'UTC', 'America/Argentina/Buenos_Aires', 'Asia/Calcutta', 'Etc/GMT+5']) {
    expect([name, isTimeZone(name)]).toEqual([name, true]);
  }
  for (const name of ['', 'Berlin', 'europe/berlin', '+01:00', 'Europe/Atlantis', "UTC'; --"]) {
    expect([name, isTimeZone(name)]).toEqual([name, false]);
  }
});
