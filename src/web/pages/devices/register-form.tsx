import { Button, Group, Stack, Switch, TextInput } from '@mantine/core';
import { api } from '../../api/client.ts';
import { useApiForm } from '../../api/use-api-form.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { AccountFields, accountOf, NO_ACCOUNT } from './account-fields.tsx';
import { NumberFields } from './number-fields.tsx';
import { TagsField } from './tags-field.tsx';

const words = texts.devices.form;

/** @param onDone gets the id of the device */
export function RegisterForm({ onDone }: { readonly onDone: (deviceId: string) => void }) {
  const { form, submit, isSending, problem } = useApiForm({
    initialValues: { deviceId: '', msisdn: '', imsi: '', tags: [] as string[], hasAccount: true, dm: NO_ACCOUNT },
    fieldOf: { 'device-exists': 'deviceId', 'auth-not-allowed': 'dm.auth' },
    send: async ({ deviceId, msisdn, imsi, tags, hasAccount, dm }) => {
      const account = accountOf(dm);
      await api.POST('/api/v1/devices', {
        body: {
          deviceId,
          ...(msisdn !== '' && { msisdn }),
          ...(imsi !== '' && { imsi }),
          ...(tags.length > 0 && { tags }),
          ...(hasAccount && { dm: { ...account, client: { ...account.client, username: dm.client.username } } }),
        },
      });
      onDone(deviceId);
    },
  });
  const { hasAccount } = form.getValues();
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <ProblemAlert problem={problem} />
        <TextInput
          label={words.deviceId}
          description={words.deviceIdHint}
          required
          autoComplete="off"
          data-autofocus
          key={form.key('deviceId')}
          {...form.getInputProps('deviceId')}
        />
        <NumberFields form={form} />
        <TagsField
          label={words.tags}
          description={words.tagsHint}
          key={form.key('tags')}
          {...form.getInputProps('tags')}
        />
        <Switch
          label={words.hasAccount}
          description={words.hasAccountHint}
          key={form.key('hasAccount')}
          {...form.getInputProps('hasAccount', { type: 'checkbox' })}
        />
        {hasAccount && <AccountFields form={form} passwordHint={words.passwordHint} />}
        <Group justify="flex-end" className="dialog-actions">
          <Button type="submit" loading={isSending}>
            {words.submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
