import {
  Button,
  Fieldset,
  NumberInput,
  PasswordInput,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { useApiForm } from '../../api/use-api-form.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { texts } from '../../texts.ts';
import {
  EMPTY_VALUES,
  type LinkValues,
  MORE_FIELDS,
  MORE_NUMBERS,
  newLinkOf,
  patchOf,
  valuesOf,
} from './link-values.ts';
import type { SmsLink } from './queries.ts';

const words = texts.links.form;

/** @param link that is changed; without it a new one is made */
export function LinkForm({ link, onDone }: { readonly link?: SmsLink; readonly onDone: (name: string) => void }) {
  const { form, submit, isSending, problem } = useApiForm<LinkValues>({
    initialValues: link === undefined ? EMPTY_VALUES : valuesOf(link),
    fieldOf: { 'link-exists': 'name' },
    send: async (values) => {
      if (link === undefined) await api.POST('/api/v1/links', { body: newLinkOf(values) });
      else {
        const body = patchOf(values, valuesOf(link));
        await api.PATCH('/api/v1/links/{id}', { params: { path: { id: link.id } }, body });
      }
      onDone(values.name);
    },
  });
  const [isOpen, setOpen] = useState(false);
  const hasFaultsBelow = MORE_FIELDS.some((field) => form.errors[field] !== undefined);
  const props = (name: keyof LinkValues) => form.getInputProps(name);
  const check = (name: keyof LinkValues) => form.getInputProps(name, { type: 'checkbox' });
  const plain = { autoComplete: 'off', autoCapitalize: 'none', spellCheck: false };
  const { tls } = form.getValues();
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <ProblemAlert problem={problem} />
        <Fieldset legend={words.connection}>
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput
              label={words.name}
              description={words.nameHint}
              required
              data-autofocus
              {...plain}
              {...props('name')}
            />
            <NumberInput label={words.port} description={words.portHint} hideControls {...props('port')} />
            <TextInput label={words.host} required {...plain} {...props('host')} />
            <TextInput label={words.systemType} {...plain} {...props('systemType')} />
            <TextInput label={words.systemId} required {...plain} {...props('systemId')} />
            <PasswordInput
              label={words.password}
              {...(link === undefined ? { required: true } : { description: words.passwordHint })}
              autoComplete="new-password"
              {...props('password')}
            />
            <Select
              label={words.bind}
              data={Object.entries(words.bindModes).map(([value, label]) => ({ value, label }))}
              allowDeselect={false}
              {...props('bind')}
            />
            <Stack gap="xs" justify="flex-end">
              <Switch label={words.tls} {...check('tls')} />
              <Switch label={words.enabled} {...check('enabled')} />
            </Stack>
          </SimpleGrid>
          {tls && (
            <Stack mt="md">
              <Switch label={words.verify} {...check('verify')} />
              <Textarea label={words.ca} description={words.caHint} rows={3} {...plain} {...props('ca')} />
            </Stack>
          )}
        </Fieldset>
        <Fieldset legend={words.traffic}>
          <Stack>
            <SimpleGrid cols={{ base: 1, xs: 2 }}>
              <TextInput
                label={words.sourceAddr}
                description={words.sourceAddrHint}
                {...plain}
                {...props('sourceAddr')}
              />
              <NumberInput
                label={words.ratePerSecond}
                description={words.ratePerSecondHint}
                {...props('ratePerSecond')}
              />
              <NumberInput label={words.window} description={words.windowHint} {...props('window')} />
              <NumberInput label={words.binds} description={words.bindsHint} {...props('binds')} />
            </SimpleGrid>
            <TextInput label={words.prefixes} description={words.prefixesHint} {...plain} {...props('prefixes')} />
            <NumberInput label={words.weight} description={words.weightHint} {...props('weight')} />
          </Stack>
        </Fieldset>
        <details open={isOpen || hasFaultsBelow} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
          <summary>{words.more}</summary>
          <Text size="sm" c="dimmed" my="xs">
            {words.moreHint}
          </Text>
          <Stack>
            <Select
              label={words.messageIds}
              data={Object.entries(words.messageIdForms).map(([value, label]) => ({ value, label }))}
              allowDeselect={false}
              {...props('messageIds')}
            />
            <SimpleGrid cols={{ base: 2, xs: 3 }}>
              <TextInput label={words.serviceType} {...plain} {...props('serviceType')} />
              <TextInput label={words.addressRange} {...plain} {...props('addressRange')} />
              <NumberInput label={words.sourceTon} description={words.byLook} hideControls {...props('sourceTon')} />
              <NumberInput label={words.sourceNpi} description={words.byLook} hideControls {...props('sourceNpi')} />
              {MORE_NUMBERS.map((name) => (
                <NumberInput key={name} label={words.numbers[name]} hideControls {...props(name)} />
              ))}
            </SimpleGrid>
          </Stack>
        </details>
        <Button type="submit" loading={isSending}>
          {link === undefined ? texts.links.add : texts.shell.actions.save}
        </Button>
      </Stack>
    </form>
  );
}
