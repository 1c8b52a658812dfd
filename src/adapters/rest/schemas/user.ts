import { z } from 'zod';
import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH, USER_NAME, type User } from '../../../domain/user.ts';
import { instant, pageOf, uuid } from './fields.ts';
import { principalSchema, role } from './principal.ts';

const userName = z
  .string({ error: 'Expected text.' })
  .regex(USER_NAME, 'Expected 1 to 64 letters, digits and . _ @ -, the first a letter or digit.')
  .meta({ description: 'Unique; case does not matter.', examples: ['ada'] });

/** Of a password that is to be set. */
const newPassword = z
  .string({ error: 'Expected text.' })
  .min(MIN_PASSWORD_LENGTH, { error: `Expected at least ${MIN_PASSWORD_LENGTH} characters.`, abort: true })
  .max(MAX_PASSWORD_LENGTH, `Expected at most ${MAX_PASSWORD_LENGTH} characters.`)
  .refine((value) => !/\p{Cs}/u.test(value), 'Broken surrogate pairs are not taken.')
  .meta({ writeOnly: true, description: 'Kept as a hash; never comes back out.' });

/** Of a password that is shown for proof: any text, so that nothing is told about what passwords are like. */
const givenPassword = z.string({ error: 'Expected text.' }).max(1_024, 'Expected less text.').meta({ writeOnly: true });

const enabled = z
  .boolean({ error: 'Expected true or false.' })
  .meta({ description: 'False: signed out everywhere, and may not sign in.' });

export const newUserSchema = z.strictObject({ name: userName, role, password: newPassword }).meta({ id: 'NewUser' });

export const userPatchSchema = z
  .strictObject({
    role: role.exactOptional(),
    enabled: enabled.exactOptional(),
    password: newPassword.exactOptional(),
  })
  .meta({ id: 'UserPatch' });

export const userSchema = z
  .strictObject({
    id: uuid,
    name: z.string(),
    role,
    enabled,
    createdAt: instant,
    updatedAt: instant,
    lastSignInAt: instant.exactOptional().meta({ description: 'Absent: never.' }),
  })
  .meta({ id: 'User' });

export const userPage = pageOf(userSchema, 'UserPage');

export const signInSchema = z
  .strictObject({
    name: z.string({ error: 'Expected text.' }).max(256, 'Expected less text.'),
    password: givenPassword,
  })
  .meta({ id: 'SignIn' });

export const passwordChangeSchema = z
  .strictObject({ current: givenPassword, password: newPassword })
  .meta({ id: 'PasswordChange' });

export const meSchema = z
  .strictObject({
    ...principalSchema.shape,
    csrfToken: z
      .string()
      .exactOptional()
      .meta({ description: 'With a session in a cookie: every write carries it in the header `X-CSRF-Token`.' }),
    sessionEndsAt: instant.exactOptional().meta({ description: 'With a session in a cookie.' }),
  })
  .meta({ id: 'Me' });

export function presentUser(user: User): z.output<typeof userSchema> {
  const { id, name, role, enabled, createdAt, updatedAt, lastSignInAt } = user;
  return {
    id,
    name,
    role,
    enabled,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    ...(lastSignInAt === undefined ? {} : { lastSignInAt: lastSignInAt.toISOString() }),
  };
}

export const USER_EXAMPLE: z.output<typeof userSchema> = {
  id: '0198c5a4-5d0e-7c3a-9d57-1f2e3d4c5b6e',
  name: 'ada',
  role: 'operator',
  enabled: true,
  createdAt: '2026-01-31T12:00:00.000Z',
  updatedAt: '2026-01-31T12:00:00.000Z',
};

export const ME_EXAMPLE: z.output<typeof meSchema> = {
  id: USER_EXAMPLE.id,
  kind: 'user',
  name: 'ada',
  role: 'operator',
  csrfToken: 'q8Jt0n1nYV3l0c6pXo5m7cUq7m2b3zJ7d0y8mB1r6eA',
  sessionEndsAt: '2026-02-07T12:00:00.000Z',
};
