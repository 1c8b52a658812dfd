import { PasswordInput, Select, SimpleGrid, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { texts } from '../../texts.ts';

const words = texts.devices.form;
export const AUTHS = ['md5', 'hmac', 'basic'] as const;
export type Auth = (typeof AUTHS)[number];

/** The DM account as it stands in a form, named as in the request. */
export interface AccountValues {
  readonly dm: {
    readonly auth: Auth;
    readonly client: { readonly username: string; readonly password: string; readonly nonce: string };
    readonly server: { readonly password: string; readonly nonce: string };
  };
}

export const NO_ACCOUNT: AccountValues['dm'] = {
  auth: 'md5',
  client: { username: '', password: '', nonce: '' },
  server: { password: '', nonce: '' },
};

/** Credentials of both sides. What is typed is shown to nobody. */
export function AccountFields<V extends AccountValues>({
  form,
  passwordHint,
}: {
  readonly form: UseFormReturnType<V>;
  readonly passwordHint: string;
}) {
  const secret = { autoComplete: 'new-password', visibilityToggleButtonProps: { 'aria-hidden': true } } as const;
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }}>
      <Select
        label={words.auth}
        allowDeselect={false}
        data={AUTHS.map((auth) => ({ value: auth, label: auth.toUpperCase() }))}
        key={form.key('dm.auth')}
        {...form.getInputProps('dm.auth')}
      />
      <TextInput
        label={words.username}
        autoComplete="off"
        key={form.key('dm.client.username')}
        {...form.getInputProps('dm.client.username')}
      />
      <PasswordInput
        label={words.clientPassword}
        description={passwordHint}
        {...secret}
        key={form.key('dm.client.password')}
        {...form.getInputProps('dm.client.password')}
      />
      <PasswordInput
        label={words.serverPassword}
        description={passwordHint}
        {...secret}
        key={form.key('dm.server.password')}
        {...form.getInputProps('dm.server.password')}
      />
      <PasswordInput
        label={words.clientNonce}
        description={words.nonceHint}
        {...secret}
        key={form.key('dm.client.nonce')}
        {...form.getInputProps('dm.client.nonce')}
      />
      <PasswordInput
        label={words.serverNonce}
        description={words.nonceHint}
        {...secret}
        key={form.key('dm.server.nonce')}
        {...form.getInputProps('dm.server.nonce')}
      />
    </SimpleGrid>
  );
}

/** The account for a request: what is empty is left out. */
export function accountOf({ auth, client, server }: AccountValues['dm']) {
  return {
    auth,
    client: {
      ...(client.username !== '' && { username: client.username }),
      ...(client.password !== '' && { password: client.password }),
      ...(client.nonce !== '' && { nonce: client.nonce }),
    },
    ...((server.password !== '' || server.nonce !== '') && {
      server: {
        ...(server.password !== '' && { password: server.password }),
        ...(server.nonce !== '' && { nonce: server.nonce }),
      },
    }),
  };
}
