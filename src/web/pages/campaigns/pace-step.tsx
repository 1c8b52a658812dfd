import {
  ActionIcon,
  Button,
  Fieldset,
  Group,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  TagsInput,
  Text,
  TextInput,
} from '@mantine/core';
import { Icon } from '../../parts/icon.tsx';
import { texts } from '../../texts.ts';
import { NEW_SPAN, RETRY_REASONS } from './campaign-values.ts';
import { Several } from './choice.tsx';
import { MoreOptions } from './more-options.tsx';
import type { StepProps } from './step-props.ts';

const words = texts.campaigns.wizard;
const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone')];

type FormOnly = Pick<StepProps, 'form'>;

/** When, and how fast. */
export function PaceStep({ form }: StepProps) {
  const { hasWindows, retry, timeoutMs } = form.getValues();
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, xs: 2 }} maw={640} verticalSpacing="sm">
        <TextInput
          type="datetime-local"
          label={words.startAt}
          description={words.startAtHint}
          {...form.getInputProps('startAt')}
        />
        <TextInput
          type="datetime-local"
          label={words.endAt}
          description={words.endAtHint}
          {...form.getInputProps('endAt')}
        />
        <NumberInput
          label={words.rate}
          description={words.rateHint}
          min={0}
          thousandSeparator=" "
          {...form.getInputProps('rate.perMinute')}
        />
        <NumberInput
          label={words.attempts}
          description={words.attemptsHint}
          min={1}
          {...form.getInputProps('retry.maxAttempts')}
        />
      </SimpleGrid>
      <Switch
        label={words.windows}
        description={words.windowsHint}
        {...form.getInputProps('hasWindows', { type: 'checkbox' })}
      />
      {hasWindows && <Windows form={form} />}
      {Number(retry.maxAttempts) > 1 && <Retry form={form} />}
      <MoreOptions
        errors={form.errors}
        fields={['timeoutMs', 'rate.growth']}
        isOpen={form.getValues().grows || (timeoutMs !== '' && timeoutMs !== 168)}
      >
        <NumberInput
          label={words.timeoutHours}
          description={words.timeoutHint}
          placeholder="168"
          min={0}
          maw={312}
          {...form.getInputProps('timeoutMs')}
        />
        <Growth form={form} />
      </MoreOptions>
    </Stack>
  );
}

function Growth({ form }: FormOnly) {
  const { grows, rate } = form.getValues();
  return (
    <Stack gap="sm" maw={640}>
      <Switch
        label={words.grows}
        description={words.growsHint}
        disabled={rate.perMinute === ''}
        {...form.getInputProps('grows', { type: 'checkbox' })}
      />
      {grows && rate.perMinute !== '' && (
        <SimpleGrid cols={{ base: 1, xs: 3 }} verticalSpacing="sm">
          <NumberInput label={words.growthFactor} required min={1} {...form.getInputProps('rate.growth.factor')} />
          <NumberInput label={words.growthPer} required min={1} {...form.getInputProps('rate.growth.perSuccesses')} />
          <NumberInput label={words.growthMost} required min={1} {...form.getInputProps('rate.growth.maxPerMinute')} />
        </SimpleGrid>
      )}
    </Stack>
  );
}

function Windows({ form }: FormOnly) {
  const { timeZone, spans } = form.getValues().windows;
  const isOwn = timeZone === 'device';
  const wrong = form.errors['windows.spans'];
  return (
    <Fieldset legend={words.windowsLegend} maw={640}>
      <Stack>
        <SimpleGrid cols={{ base: 1, xs: 2 }} verticalSpacing="sm">
          <Select
            label={words.timeZone}
            data={[{ value: 'device', label: words.ownZone }, ...ZONES.map((zone) => ({ value: zone, label: zone }))]}
            searchable
            limit={100}
            allowDeselect={false}
            {...form.getInputProps('windows.timeZone')}
          />
          {isOwn && (
            <Select
              label={words.otherwise}
              data={ZONES}
              searchable
              limit={100}
              allowDeselect={false}
              {...form.getInputProps('windows.otherwise')}
            />
          )}
        </SimpleGrid>
        {spans.map((_, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a span is its place
          <Group key={place} align="flex-end" gap="sm" className="span">
            <TextInput
              type="time"
              label={words.from}
              aria-label={words.fromOf(place + 1)}
              w={140}
              {...form.getInputProps(`windows.spans.${place}.from`)}
            />
            <TextInput
              type="time"
              label={words.to}
              aria-label={words.toOf(place + 1)}
              w={140}
              {...form.getInputProps(`windows.spans.${place}.to`)}
            />
            {spans.length > 1 && (
              <ActionIcon
                mb={4}
                aria-label={words.removeSpan(place + 1)}
                onClick={() => form.removeListItem('windows.spans', place)}
              >
                <Icon name="trash" size={16} />
              </ActionIcon>
            )}
            <Several
              form={form}
              path={`windows.spans.${place}.weekdays`}
              label={words.weekdays(place + 1)}
              labels={words.days}
            />
          </Group>
        ))}
        <Text size="xs" c="var(--mantine-color-error)" data-path="windows.spans" hidden={wrong === undefined}>
          {wrong}
        </Text>
        <div>
          <Button
            variant="light"
            size="compact-sm"
            leftSection={<Icon name="plus" size={14} />}
            onClick={() => form.insertListItem('windows.spans', { ...NEW_SPAN, weekdays: ['sat', 'sun'] })}
          >
            {words.addSpan}
          </Button>
        </div>
      </Stack>
    </Fieldset>
  );
}

function Retry({ form }: FormOnly) {
  const { on } = form.getValues().retry;
  return (
    <Fieldset legend={words.retry} maw={640}>
      <Stack gap="sm">
        <TagsInput
          label={words.retryOn}
          description={words.retryOnHint}
          data={RETRY_REASONS.map((one) => one)}
          {...form.getInputProps('retry.on')}
        />
        <SimpleGrid cols={{ base: 1, xs: 3 }} verticalSpacing="sm">
          <NumberInput label={words.retryFirst} min={0} {...form.getInputProps('retry.firstMs')} />
          <NumberInput label={words.retryMost} min={0} {...form.getInputProps('retry.maxMs')} />
          {on.includes('silent') && (
            <NumberInput label={words.retrySilent} min={0} {...form.getInputProps('retry.silentMs')} />
          )}
        </SimpleGrid>
      </Stack>
    </Fieldset>
  );
}
