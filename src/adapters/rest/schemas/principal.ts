import { z } from 'zod';
import { PRINCIPAL_KINDS, ROLES } from '../../../domain/principal.ts';

export const role = z.enum(ROLES, { error: `Expected one of ${ROLES.join(', ')}.` }).meta({
  id: 'Role',
  description: '`viewer` looks, `operator` does, `admin` decides who may; each may all that the one before may.',
});

export const principalSchema = z
  .strictObject({
    id: z.string().meta({ description: 'Of the key or the user; `admin-token` for the admin token.' }),
    kind: z.enum(PRINCIPAL_KINDS),
    name: z.string(),
    role,
  })
  .meta({ id: 'Principal', description: 'Who a request comes from.' });
