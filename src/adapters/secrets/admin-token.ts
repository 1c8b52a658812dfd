import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SettingStore } from '../../services/ports/setting-store.ts';

const SETTING = 'admin-token-sha256';

export interface AdminToken {
  /** The token itself, when this start has made it: to be shown once, since only its hash is kept. */
  readonly made?: string;
  /** Whether a bearer token is the one. Takes the same time for every wrong one. */
  verify(token: string): Promise<boolean>;
}

/**
 * The admin token that all processes on one database share, made by the first. To replace a lost one set ADMIN_TOKEN, or
 * delete the row `admin-token-sha256` of the table `setting`.
 */
export async function loadOrMakeAdminToken(settings: SettingStore): Promise<AdminToken> {
  const known = await settings.get(SETTING);
  if (known !== undefined) return { verify: verifierOf(known) };
  const token = randomBytes(24).toString('base64url');
  const kept = await settings.keepFirst(SETTING, hashOf(token));
  return { ...(kept === hashOf(token) ? { made: token } : {}), verify: verifierOf(kept) };
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

function verifierOf(hash: string): AdminToken['verify'] {
  const expected = Buffer.from(hash);
  return async (token) => {
    const given = Buffer.from(hashOf(token));
    return given.length === expected.length && timingSafeEqual(given, expected);
  };
}
