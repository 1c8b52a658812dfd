import { Button, Chip, Code, Grid, Group, Modal, Select, Stack, Table, Text, Textarea, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, dataOf } from '../../api/client.ts';
import { useApiForm } from '../../api/use-api-form.ts';
import { Icon } from '../../parts/icon.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { toast } from '../../parts/toast.ts';
import { texts } from '../../texts.ts';
import { type OtaSource, type OtaValues, orderOf, SECURITY_NAMES, START_VALUES, takesPin } from './ota-values.ts';
import { Preview } from './preview.tsx';
import type { OtaAnswer } from './queries.ts';
import { SectionFields } from './section-fields.tsx';
import { SECTIONS, type SectionName } from './settings-fields.ts';

const words = texts.ota;

interface Started {
  readonly id: string;
  readonly recipients: readonly OtaAnswer[];
}

/** What is sent, keyed by what, and to whom; what it looks like stands beside it. */
export function SendForm({ source }: { readonly source: OtaSource }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [told, setTold] = useState<Started>();
  const goTo = (id: string): void => void navigate({ to: '/ota/$id', params: { id } });
  const { form, submit, isSending, problem } = useApiForm<OtaValues>({
    initialValues: START_VALUES,
    fieldOf: { 'ota-nobody': '' },
    send: async (values) => {
      const started = await dataOf(api.POST('/api/v1/ota', { body: orderOf(values, source) }));
      void queries.invalidateQueries({ queryKey: ['ota'] });
      toast(words.sent(started.recipients.filter(({ refused }) => refused === undefined).length));
      if (started.recipients.some(({ pinSuffix }) => pinSuffix !== undefined)) setTold(started);
      else goTo(started.id);
    },
  });
  const values = form.getValues();
  const { type } = values.security;
  return (
    <form onSubmit={submit} noValidate>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack>
            {source === 'settings' ? (
              <SettingsPanel form={form} />
            ) : (
              <Panel title={words.document} hint={words.documentHint}>
                <Textarea
                  label={words.documentLabel}
                  required
                  autosize
                  minRows={12}
                  maxRows={30}
                  spellCheck={false}
                  classNames={{ input: 'mono' }}
                  {...form.getInputProps('document')}
                />
              </Panel>
            )}
            <Panel title={words.to}>
              <Stack>
                <Textarea
                  label={words.recipients}
                  description={words.recipientsHint}
                  required
                  autosize
                  minRows={2}
                  maxRows={10}
                  spellCheck={false}
                  {...form.getInputProps('recipients')}
                />
                <Select
                  label={words.pinType}
                  data={SECURITY_NAMES.map((value) => ({ value, label: words.pinTypes[value] }))}
                  allowDeselect={false}
                  {...form.getInputProps('security.type')}
                />
                {takesPin(type) && (
                  <TextInput
                    label={words.pin}
                    description={words.pinHint}
                    inputMode="numeric"
                    autoComplete="off"
                    {...form.getInputProps('security.pin')}
                  />
                )}
                {(type === 'NETWPIN' || type === 'USERNETWPIN') && (
                  <Text size="sm" c="dimmed">
                    {words.imsiHint}
                  </Text>
                )}
                <ProblemAlert problem={problem} />
                <RefusedList problem={problem} />
                <Group justify="flex-end">
                  <Button type="submit" loading={isSending} leftSection={<Icon name="ota" size={16} />}>
                    {words.send}
                  </Button>
                </Group>
              </Stack>
            </Panel>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <div className="beside">
            <Preview values={values} source={source} />
          </div>
        </Grid.Col>
      </Grid>
      <Modal
        opened={told !== undefined}
        onClose={() => told !== undefined && goTo(told.id)}
        title={words.suffixTitle}
        closeOnClickOutside={false}
        closeButtonProps={{ 'aria-label': texts.shell.actions.close }}
      >
        <Stack>
          <Text size="sm">{words.suffixHint}</Text>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{words.recipient}</Table.Th>
                <Table.Th>{words.suffix}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {told?.recipients.map(({ recipient, pinSuffix, refused }) => (
                <Table.Tr key={recipient}>
                  <Table.Td>{recipient}</Table.Td>
                  <Table.Td>{pinSuffix === undefined ? refused : <Code>{pinSuffix}</Code>}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          <Button onClick={() => told !== undefined && goTo(told.id)}>{words.toOutcomes}</Button>
        </Stack>
      </Modal>
    </form>
  );
}

/** When nobody gets it, the refusal says of everybody why. */
function RefusedList({ problem }: { readonly problem: unknown }) {
  const document = (problem as { document?: { code: string; recipients?: readonly OtaAnswer[] } } | undefined)
    ?.document;
  if (document?.code !== 'ota-nobody' || document.recipients === undefined) return null;
  return (
    <Stack gap={4} component="ul" m={0} pl="md">
      {document.recipients.slice(0, 20).map(({ recipient, refused }) => (
        <li key={recipient}>
          <Text size="sm">
            <Code>{recipient}</Code> {refused}
          </Text>
        </li>
      ))}
    </Stack>
  );
}

function SettingsPanel({ form }: { readonly form: ReturnType<typeof useApiForm<OtaValues>>['form'] }) {
  const { settings } = form.getValues();
  const chosen = SECTIONS.filter(({ name }) => settings[name] !== undefined);
  const choose = (names: readonly string[]): void => {
    const next = { name: settings.name } as OtaValues['settings'];
    for (const { name, start, listOf } of SECTIONS) {
      if (names.includes(name)) next[name] = settings[name] ?? startOf(start, listOf);
    }
    form.setFieldValue('settings', next);
  };
  const remove = (name: SectionName): void => choose(chosen.map((one) => one.name).filter((one) => one !== name));
  return (
    <Panel title={words.what} hint={words.whatHint}>
      <Stack>
        <Chip.Group multiple value={chosen.map(({ name }) => name)} onChange={choose}>
          <Group gap="xs" role="group" aria-label={words.choose}>
            {SECTIONS.map(({ name }) => (
              <Chip key={name} value={name} size="sm" variant="light">
                {words.sections[name]}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
        {chosen.length === 0 ? (
          <Text size="sm" c="dimmed">
            {words.nothing}
          </Text>
        ) : (
          <TextInput
            label={words.fields['settingsName']}
            description={words.fields['settingsNameHint']}
            autoComplete="off"
            {...form.getInputProps('settings.name')}
          />
        )}
        {chosen.map((section) => (
          <SectionFields key={section.name} form={form} section={section} onRemove={() => remove(section.name)} />
        ))}
      </Stack>
    </Panel>
  );
}

function startOf(start: object, listOf: 'objects' | 'texts' | undefined): unknown {
  if (listOf === undefined) return structuredClone(start);
  return [listOf === 'texts' ? '' : {}];
}
