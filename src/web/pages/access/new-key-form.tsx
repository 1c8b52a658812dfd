import { Button, Stack, TextInput } from '@mantine/core';
import { api, dataOf } from '../../api/client.ts';
import type { Role } from '../../api/session.ts';
import { useApiForm } from '../../api/use-api-form.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { RoleSelect } from './role-select.tsx';

const words = texts.access.keys;

/** @param onDone gets the key itself */
export function NewKeyForm({ onDone }: { readonly onDone: (key: string) => void }) {
  const { form, submit, isSending, problem } = useApiForm({
    initialValues: { name: '', role: 'operator' as Role, expiresAt: '' },
    fieldOf: { 'expiry-past': 'expiresAt' },
    send: async ({ name, role, expiresAt }) => {
      const body = { name, role, ...(expiresAt !== '' && { expiresAt: new Date(expiresAt).toISOString() }) };
      onDone((await dataOf(api.POST('/api/v1/keys', { body }))).key);
    },
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <ProblemAlert problem={problem} />
        <TextInput
          label={words.name}
          autoComplete="off"
          required
          data-autofocus
          key={form.key('name')}
          {...form.getInputProps('name')}
        />
        <RoleSelect label={words.role} required key={form.key('role')} {...form.getInputProps('role')} />
        <TextInput
          type="datetime-local"
          label={words.expires}
          description={words.expiresHint}
          key={form.key('expiresAt')}
          {...form.getInputProps('expiresAt')}
        />
        <Button type="submit" loading={isSending}>
          {words.add}
        </Button>
      </Stack>
    </form>
  );
}
