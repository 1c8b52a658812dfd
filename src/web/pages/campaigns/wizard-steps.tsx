import {
  ActionIcon,
  Button,
  Fieldset,
  Group,
  NumberInput,
  SegmentedControl,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { useQuery } from '@tanstack/react-query';
import { Icon } from '../../parts/icon.tsx';
import { texts } from '../../texts.ts';
import { Audience } from './audience.tsx';
import type { CampaignValues } from './campaign-values.ts';
import { packagesQuery } from './queries.ts';

const words = texts.campaigns.wizard;

interface StepProps {
  readonly form: UseFormReturnType<CampaignValues>;
}

const optionsOf = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels).map(([value, label]) => ({ value, label }));

/** What every device gets. */
export function WhatStep({ form }: StepProps) {
  const { kind, security } = form.getValues().content;
  const packages = useQuery({
    ...packagesQuery(kind === 'package' ? ['dm'] : ['cp', 'push']),
    enabled: kind !== 'discovery',
  });
  return (
    <Stack maw={640}>
      <TextInput label={words.name} required autoComplete="off" {...form.getInputProps('name')} />
      <Select
        label={words.kind}
        data={optionsOf(words.kinds)}
        allowDeselect={false}
        {...form.getInputProps('content.kind')}
      />
      {kind !== 'discovery' && (
        <Select
          label={words.package}
          description={packages.data?.length === 0 ? words.noPackage : words.packageHint}
          required
          searchable
          data={packages.data?.map(({ id, name, revision }) => ({ value: id, label: `${name} · ${revision}` })) ?? []}
          {...form.getInputProps('content.packageId')}
        />
      )}
      {kind === 'package' && (
        <Select
          label={words.onFailure}
          data={optionsOf(words.onFailures)}
          allowDeselect={false}
          {...form.getInputProps('content.onFailure')}
        />
      )}
      {kind === 'discovery' && (
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <TextInput label={words.root} placeholder="." {...form.getInputProps('content.root')} />
          <NumberInput label={words.maxDepth} {...form.getInputProps('content.maxDepth')} />
        </SimpleGrid>
      )}
      {kind === 'push' && (
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <Select
            label={words.security}
            data={['none', 'USERPIN', 'NETWPIN', 'USERNETWPIN']}
            allowDeselect={false}
            {...form.getInputProps('content.security')}
          />
          {security.startsWith('USER') && (
            <TextInput
              label={words.pin}
              inputMode="numeric"
              autoComplete="off"
              {...form.getInputProps('content.pin')}
            />
          )}
        </SimpleGrid>
      )}
    </Stack>
  );
}

/** Which devices, with how many that is now. */
export function WhomStep({ form }: StepProps) {
  const { kind, filter } = form.getValues().target;
  return (
    <Stack maw={640}>
      <SegmentedControl
        aria-label={words.target}
        data={optionsOf(words.targets)}
        {...form.getInputProps('target.kind')}
      />
      {kind === 'filter' && (
        <TextInput
          label={words.filter}
          description={words.filterHint}
          required
          autoComplete="off"
          spellCheck={false}
          {...form.getInputProps('target.filter')}
        />
      )}
      {kind === 'list' ? (
        <Textarea
          label={words.list}
          description={words.listHint}
          required
          autosize
          minRows={4}
          maxRows={16}
          spellCheck={false}
          {...form.getInputProps('target.devices')}
        />
      ) : (
        <>
          {(kind === 'all' || filter !== '') && <Audience filter={kind === 'all' ? undefined : filter} />}
          <Switch label={words.dynamic} {...form.getInputProps('isDynamic', { type: 'checkbox' })} />
        </>
      )}
    </Stack>
  );
}

/** In which portions, and what they have to come to. */
export function WavesStep({ form }: StepProps) {
  const { waves } = form.getValues();
  return (
    <Stack maw={640}>
      <Text size="sm" c="dimmed">
        {words.wavesHint}
      </Text>
      {waves.map((_, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a wave is its place
        <Fieldset key={place} legend={words.wave(place + 1)} className="ota-section">
          {waves.length > 1 && (
            <ActionIcon
              className="ota-remove"
              aria-label={words.removeWave(place + 1)}
              onClick={() => form.removeListItem('waves', place)}
            >
              <Icon name="trash" size={16} />
            </ActionIcon>
          )}
          <SimpleGrid cols={2}>
            <NumberInput label={words.percent} required suffix=" %" {...form.getInputProps(`waves.${place}.percent`)} />
            <TextInput label={words.waveName} {...form.getInputProps(`waves.${place}.name`)} />
          </SimpleGrid>
        </Fieldset>
      ))}
      {form.errors['waves'] !== undefined && (
        <Text size="sm" c="var(--mantine-color-error)">
          {form.errors['waves']}
        </Text>
      )}
      <div>
        <Button
          variant="light"
          size="compact-sm"
          leftSection={<Icon name="plus" size={14} />}
          onClick={() => form.insertListItem('waves', { name: '', percent: '' })}
        >
          {words.addWave}
        </Button>
      </div>
      <Fieldset legend={words.thresholds}>
        <SimpleGrid cols={{ base: 1, xs: 3 }}>
          <NumberInput label={words.success} required {...form.getInputProps('thresholds.successPercent')} />
          <NumberInput label={words.errors} {...form.getInputProps('thresholds.errorPercent')} />
          <NumberInput label={words.errorMinimum} {...form.getInputProps('thresholds.errorMinimum')} />
        </SimpleGrid>
      </Fieldset>
      <Switch label={words.needsApproval} {...form.getInputProps('needsApproval', { type: 'checkbox' })} />
    </Stack>
  );
}

/** When, and how fast. */
export function PaceStep({ form }: StepProps) {
  const { hasWindows, windows } = form.getValues();
  return (
    <Stack maw={640}>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <NumberInput label={words.rate} description={words.rateHint} {...form.getInputProps('rate.perMinute')} />
        <NumberInput
          label={words.attempts}
          description={words.attemptsHint}
          min={1}
          {...form.getInputProps('retry.maxAttempts')}
        />
        <TextInput
          type="datetime-local"
          label={words.startAt}
          description={words.startAtHint}
          {...form.getInputProps('startAt')}
        />
        <TextInput type="datetime-local" label={words.endAt} {...form.getInputProps('endAt')} />
        <NumberInput label={words.timeoutHours} placeholder="168" {...form.getInputProps('timeoutMs')} />
      </SimpleGrid>
      <Switch label={words.windows} {...form.getInputProps('hasWindows', { type: 'checkbox' })} />
      {hasWindows && (
        <Group align="flex-start" grow>
          <TextInput
            label={words.timeZone}
            description={words.timeZoneHint}
            {...form.getInputProps('windows.timeZone')}
          />
          {windows.timeZone === 'device' && (
            <TextInput label={words.otherwise} {...form.getInputProps('windows.otherwise')} />
          )}
          <TextInput type="time" label={words.from} {...form.getInputProps('windows.spans.0.from')} />
          <TextInput type="time" label={words.to} {...form.getInputProps('windows.spans.0.to')} />
        </Group>
      )}
    </Stack>
  );
}
