import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const KEY_LENGTH = 32;

/**
 * The key that belongs to an embedded database: made once, and kept beside it in `DATA_DIR/secret-key`, readable by its
 * owner only. Two processes that make it at the same time end up with the same one.
 * @returns 32 octets
 * @throws Error when the file holds something else
 */
export function loadOrMakeKey(dataDir: string): Uint8Array {
  const file = join(dataDir, 'secret-key');
  const text = readIfThere(file) ?? makeKey(dataDir, file);
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== KEY_LENGTH) {
    throw new Error(
      `${file} does not hold a key (base64 of ${KEY_LENGTH} octets); what is stored cannot be opened without it`,
    );
  }
  return key;
}

function makeKey(dataDir: string, file: string): string {
  mkdirSync(dataDir, { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${randomBytes(KEY_LENGTH).toString('base64')}\n`, { mode: 0o600 });
  try {
    // A link appears with its content, or fails when somebody was quicker; then theirs counts.
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(file, 'utf8');
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
