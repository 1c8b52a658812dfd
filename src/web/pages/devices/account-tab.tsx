import {
  Alert,
  Badge,
  Button,
  Code,
  Group,
  PasswordInput,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, dataOf, ifMatch, type Tagged, taggedOf } from '../../api/client.ts';
import type { components } from '../../api/schema.d.ts';
import { useMay } from '../../api/session.ts';
import { useApiForm } from '../../api/use-api-form.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Instant } from '../../parts/instant.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { toast } from '../../parts/toast.ts';
import { XmlText } from '../../parts/xml/xml-text.tsx';
import { texts } from '../../texts.ts';
import { AccountFields, accountOf, NO_ACCOUNT } from './account-fields.tsx';
import { Facts } from './facts.tsx';
import { type Device, deviceQuery } from './queries.ts';

type NewBootstrap = components['schemas']['NewBootstrap'];
type Security = NonNullable<NewBootstrap['security']>;
type Profile = NonNullable<NewBootstrap['profile']>;

const words = texts.devices.credentials;

/** The credentials of a device: set, rotated by a bootstrap, never shown. */
export function AccountTab({ tagged }: { readonly tagged: Tagged<Device> }) {
  const device = tagged.value;
  const mayChange = useMay('operator');
  const { dm } = device;
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }}>
      <Panel title={words.title}>
        <Stack gap="lg">
          {dm === undefined ? (
            <EmptyState icon="access" title={words.none} hint={words.noneHint} />
          ) : (
            <Facts
              facts={[
                [words.auth, dm.auth.toUpperCase()],
                [words.serverAuth, (dm.server?.auth ?? dm.auth).toUpperCase()],
                [words.username, dm.client.username],
                [words.password, words.never],
              ]}
            />
          )}
          {mayChange && <CredentialsForm tagged={tagged} />}
        </Stack>
      </Panel>
      <Panel title={words.bootstrap} hint={words.bootstrapHint}>
        <BootstrapState device={device} />
        {mayChange && <BootstrapForm deviceId={device.deviceId} />}
      </Panel>
    </SimpleGrid>
  );
}

function CredentialsForm({ tagged }: { readonly tagged: Tagged<Device> }) {
  const { deviceId, dm } = tagged.value;
  const queries = useQueryClient();
  // What the form was begun with, however often the page around it is read again.
  const [read, setRead] = useState(tagged);
  const [warnings, setWarnings] = useState<Device['warnings']>();
  const { form, submit, isSending, problem, clearProblem } = useApiForm({
    initialValues: { dm: { ...NO_ACCOUNT, auth: dm?.auth ?? NO_ACCOUNT.auth } },
    fieldOf: { 'auth-not-allowed': 'dm.auth' },
    send: async (values) => {
      const account = accountOf(values.dm);
      const answer = await taggedOf(
        api.PATCH('/api/v1/devices/{deviceId}', {
          params: { path: { deviceId }, header: ifMatch(read) },
          body: { dm: account },
        }),
      );
      setRead(answer);
      setWarnings(answer.value.warnings);
      form.setValues({ dm: { ...NO_ACCOUNT, auth: account.auth } });
      toast(words.saved);
      await queries.invalidateQueries({ queryKey: ['devices'] });
    },
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Text size="sm" c="dimmed">
          {words.setHint}
        </Text>
        <ProblemAlert
          problem={problem}
          onReload={async () => {
            setRead(await queries.fetchQuery({ ...deviceQuery(deviceId), staleTime: 0 }));
            clearProblem();
          }}
        />
        {warnings?.map(({ code, detail }) => (
          <Alert key={code} color="yellow" icon={<Icon name="alert" />} role="status">
            {detail}
          </Alert>
        ))}
        <AccountFields form={form} passwordHint={texts.devices.form.passwordKeep} />
        <Group>
          <Button type="submit" variant="default" loading={isSending}>
            {words.set}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function BootstrapState({ device: { deviceId, bootstrap } }: { readonly device: Device }) {
  const { data } = useQuery({
    queryKey: ['devices', 'one', deviceId, 'bootstrap'],
    queryFn: ({ signal }) =>
      dataOf(api.GET('/api/v1/devices/{deviceId}/bootstrap', { params: { path: { deviceId } }, signal })),
  });
  const { state, at } = data ?? bootstrap;
  return (
    <Group gap="sm" mb="md">
      <Badge variant="light" color={state === 'done' ? 'green' : state === 'pending' ? 'cyan' : 'gray'}>
        {words.states[state]}
      </Badge>
      {at !== undefined && <Instant at={at} />}
      {data?.push !== undefined && (
        <Text size="sm">
          {words.push}: {data.push.state}, {words.parts(data.push.partsAccepted)} {data.push.reason}
        </Text>
      )}
    </Group>
  );
}

function BootstrapForm({ deviceId }: { readonly deviceId: string }) {
  const queries = useQueryClient();
  const [preview, setPreview] = useState<components['schemas']['BootstrapPreview']>();
  const [suffix, setSuffix] = useState<string>();
  const [isDry, setDry] = useState(false);
  const { form, submit, isSending, problem } = useApiForm({
    initialValues: { profile: 'cp' as Profile, security: 'NETWPIN' as Security, pin: '', name: '' },
    send: async ({ profile, security, pin, name }) => {
      const answer = await dataOf(
        api.POST('/api/v1/devices/{deviceId}/bootstrap', {
          params: { path: { deviceId } },
          body: {
            profile,
            security,
            ...(pin !== '' && { pin }),
            ...(name !== '' && { name }),
            ...(isDry && { dryRun: true }),
          },
        }),
      );
      if ('xml' in answer) {
        setPreview(answer);
        return;
      }
      setPreview(undefined);
      setSuffix(answer.pinSuffix);
      toast(words.sent);
      await queries.invalidateQueries({ queryKey: ['devices'] });
    },
  });
  const needsPin = form.getValues().security.startsWith('USER');
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <ProblemAlert problem={problem} />
        <Select
          label={words.security}
          allowDeselect={false}
          data={Object.entries(words.securities).map(([value, label]) => ({ value, label }))}
          key={form.key('security')}
          {...form.getInputProps('security')}
        />
        {needsPin && (
          <PasswordInput
            label={words.pin}
            description={words.pinHint}
            inputMode="numeric"
            autoComplete="new-password"
            key={form.key('pin')}
            {...form.getInputProps('pin')}
          />
        )}
        <Select
          label={words.profile}
          allowDeselect={false}
          data={Object.entries(words.profiles).map(([value, label]) => ({ value, label }))}
          key={form.key('profile')}
          {...form.getInputProps('profile')}
        />
        <TextInput label={words.name} autoComplete="off" key={form.key('name')} {...form.getInputProps('name')} />
        <Group>
          <Button type="submit" loading={isSending} onClick={() => setDry(false)}>
            {words.submit}
          </Button>
          <Button type="submit" variant="default" loading={isSending} onClick={() => setDry(true)}>
            {words.preview}
          </Button>
        </Group>
        {suffix !== undefined && <Code block>{words.suffix(suffix)}</Code>}
        {preview !== undefined && (
          <>
            <Text size="sm">
              {words.previewOf(preview.partCount)} {words.previewHint}
            </Text>
            <XmlText label={words.preview} value={preview.xml} />
          </>
        )}
      </Stack>
    </form>
  );
}
