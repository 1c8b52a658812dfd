import { Button, PasswordInput, Skeleton, Stack, Switch, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api, ifMatch, type Tagged } from '../../api/client.ts';
import { useApiForm } from '../../api/use-api-form.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { type User, userQuery } from './queries.ts';
import { RoleSelect } from './role-select.tsx';

const words = texts.access.users;

export function NewUserForm({ onDone }: { readonly onDone: (name: string) => void }) {
  const { form, submit, isSending, problem } = useApiForm({
    initialValues: { name: '', role: 'operator' as User['role'], password: '' },
    fieldOf: { 'user-exists': 'name' },
    send: async (body) => {
      await api.POST('/api/v1/users', { body });
      onDone(body.name);
    },
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <ProblemAlert problem={problem} />
        <TextInput
          label={words.name}
          description={words.nameHint}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          required
          data-autofocus
          key={form.key('name')}
          {...form.getInputProps('name')}
        />
        <RoleSelect label={words.role} required key={form.key('role')} {...form.getInputProps('role')} />
        <PasswordInput
          label={words.password}
          description={words.passwordHint}
          autoComplete="new-password"
          required
          key={form.key('password')}
          {...form.getInputProps('password')}
        />
        <Button type="submit" loading={isSending}>
          {words.add}
        </Button>
      </Stack>
    </form>
  );
}

/** Reads the user as it is now, and changes it only if nobody else has meanwhile. */
export function EditUserForm({ id, onDone }: { readonly id: string; readonly onDone: () => void }) {
  const { data, error, refetch, dataUpdatedAt } = useQuery(userQuery(id));
  if (error !== null) return <ProblemAlert problem={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton h={220} />;
  // Read anew, it is a new form.
  return <LoadedForm key={dataUpdatedAt} user={data} onDone={onDone} onReload={() => void refetch()} />;
}

function LoadedForm({
  user,
  onDone,
  onReload,
}: {
  readonly user: Tagged<User>;
  readonly onDone: () => void;
  readonly onReload: () => void;
}) {
  const { id, role, enabled } = user.value;
  const { form, submit, isSending, problem } = useApiForm({
    initialValues: { role, enabled, password: '' },
    send: async ({ password, ...change }) => {
      await api.PATCH('/api/v1/users/{id}', {
        params: { path: { id }, header: ifMatch(user) },
        body: { ...change, ...(password !== '' && { password }) },
      });
      onDone();
    },
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <ProblemAlert problem={problem} onReload={onReload} />
        <RoleSelect label={words.role} data-autofocus key={form.key('role')} {...form.getInputProps('role')} />
        <Switch
          label={words.enabled}
          key={form.key('enabled')}
          {...form.getInputProps('enabled', { type: 'checkbox' })}
        />
        <PasswordInput
          label={words.newPassword}
          description={words.newPasswordHint}
          autoComplete="new-password"
          key={form.key('password')}
          {...form.getInputProps('password')}
        />
        <Button type="submit" loading={isSending}>
          {texts.shell.actions.save}
        </Button>
      </Stack>
    </form>
  );
}
