import type { Logger } from 'pino';
import type { createPool } from '../adapters/pg/create-pool.ts';
import { PgApiKeyStore } from '../adapters/pg/pg-api-key-store.ts';
import { PgAuditStore } from '../adapters/pg/pg-audit-store.ts';
import { PgSignInStore } from '../adapters/pg/pg-sign-in-store.ts';
import { PgUserStore } from '../adapters/pg/pg-user-store.ts';
import { ScryptPasswordHasher } from '../adapters/secrets/scrypt-password-hasher.ts';
import type { SystemClock } from '../adapters/secrets/system-clock.ts';
import type { SystemEntropy } from '../adapters/secrets/system-entropy.ts';
import type { Config } from '../config.ts';
import { ApiKeys } from '../services/api-keys.ts';
import { AuditLog } from '../services/audit-log.ts';
import { SignIn } from '../services/sign-in.ts';
import { Users } from '../services/users.ts';

/** Who may come in, and what is written down of what they do. */
export interface Access {
  readonly keys: ApiKeys;
  readonly users: Users;
  readonly signIn: SignIn;
  readonly audit: AuditLog;
  readonly auditStore: PgAuditStore;
}

export function access(
  pool: ReturnType<typeof createPool>,
  clock: SystemClock,
  entropy: SystemEntropy,
  logger: Logger,
): Access {
  const users = new PgUserStore(pool);
  const hasher = new ScryptPasswordHasher();
  const auditStore = new PgAuditStore(pool);
  return {
    keys: new ApiKeys({
      keys: new PgApiKeyStore(pool),
      clock,
      entropy,
      onFault: (err) => logger.warn({ err }, 'the use of an API key could not be noted'),
    }),
    users: new Users({ users, hasher, clock, entropy }),
    signIn: new SignIn({ users, signIns: new PgSignInStore(pool), hasher, clock, entropy }),
    audit: new AuditLog({ audit: auditStore, clock, entropy }),
    auditStore,
  };
}

/** Makes the admin that a new server starts with. A fault is logged: the server works without, by its admin token. */
export async function makeFirstAdmin(users: Users, config: Config, logger: Logger): Promise<void> {
  try {
    const first = await users.createFirst(config.adminUser, config.adminPassword);
    if (first === undefined) return;
    // The one time it is shown; not through the log, which is kept.
    if (first.made !== undefined) {
      process.stdout.write(`\nSign in as ${config.adminUser} with (shown only now): ${first.made}\n\n`);
    } else logger.info({ user: config.adminUser }, 'the first admin is made');
  } catch (err) {
    logger.error({ err }, 'the first admin could not be made');
  }
}
