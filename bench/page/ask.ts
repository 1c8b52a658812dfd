import { setTimeout as pause } from 'node:timers/promises';
import { median, percentile } from '../median.ts';
import type { Question } from './questions.ts';

/** Medians over the repeats, and how much of the time a request takes that is answered by one row. */
export interface Answer {
  readonly page: string;
  readonly name: string;
  readonly p50: number;
  readonly p95: number;
  readonly overFloor: number;
  readonly kilobytes: number;
}

/** A browser that is signed in, as far as the server can tell. */
export interface SignedIn {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Signs in with a name and a password, and keeps what the page would keep. */
export async function signIn(url: string, name: string, password: string): Promise<SignedIn> {
  const response = await fetch(`${url}/api/v1/sign-in`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name, password }),
  });
  if (!response.ok) throw new Error(`the sign-in was answered ${response.status}: ${await response.text()}`);
  const { csrfToken } = (await response.json()) as { csrfToken: string };
  const cookie = (response.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '';
  return { url, headers: { Cookie: cookie, 'X-CSRF-Token': csrfToken, 'Content-Type': 'application/json' } };
}

/** Asks each question so many times. @param floor what the others are compared with; it is asked in between */
export async function askAll(
  who: SignedIn,
  questions: readonly (Question & { readonly of: string })[],
  floor: Question,
  repeats: number,
  tell: (answer: Answer) => void,
): Promise<readonly Answer[]> {
  const floors: number[] = [];
  const measured: { readonly of: string; readonly name: string; readonly times: number[]; readonly octets: number }[] =
    [];
  for (const question of questions) {
    const path = await pathOf(who, question);
    const times: number[] = [];
    let octets = 0;
    await once(who, question, path);
    for (let repeat = 0; repeat < repeats; repeat++) {
      if (question.keptMs !== undefined) await pause(question.keptMs);
      const { ms, text } = await once(who, question, path);
      times.push(ms);
      octets = text.length;
    }
    for (let repeat = 0; repeat < 3; repeat++) floors.push((await once(who, floor, floor.path)).ms);
    const entry = { of: question.of, name: question.name, times, octets };
    measured.push(entry);
    tell(answerOf(entry, median(floors)));
  }
  return measured.map((one) => answerOf(one, median(floors)));
}

function answerOf(
  {
    of,
    name,
    times,
    octets,
  }: { readonly of: string; readonly name: string; readonly times: readonly number[]; readonly octets: number },
  floorMs: number,
): Answer {
  const p50 = median(times);
  return {
    page: of,
    name,
    p50: rounded(p50),
    p95: rounded(percentile(times, 95)),
    overFloor: rounded(p50 / floorMs),
    kilobytes: rounded(octets / 1_024),
  };
}

/** The address of the page that is asked for, found by reading up to it. */
async function pathOf(who: SignedIn, question: Question): Promise<string> {
  let { path } = question;
  for (let page = 1; page < (question.page ?? 1); page++) {
    const { nextCursor } = JSON.parse((await once(who, question, path)).text) as { nextCursor?: string };
    if (nextCursor === undefined) return path;
    path = `${question.path}${question.path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(nextCursor)}`;
  }
  return path;
}

async function once(
  { url, headers }: SignedIn,
  { body }: Question,
  path: string,
): Promise<{ ms: number; text: string }> {
  const began = performance.now();
  const response = await fetch(`${url}/api/v1/${path}`, {
    headers,
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} was answered ${response.status}: ${text}`);
  return { ms: performance.now() - began, text };
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
