import { ActionIcon, Button, Fieldset, NumberInput, SimpleGrid, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Icon } from '../../parts/icon.tsx';
import { texts } from '../../texts.ts';
import { type CampaignValues, NEW_WAVE, type WaveKind } from './campaign-values.ts';
import { Choice } from './choice.tsx';
import { MoreOptions } from './more-options.tsx';
import { audienceQuery } from './queries.ts';
import type { StepProps } from './step-props.ts';

const words = texts.campaigns.wizard;

/** In which portions, and what they have to come to. */
export function WavesStep({ form }: StepProps) {
  const { waves, waveKind } = form.getValues();
  const devices = useDevices(form.getValues());
  return (
    <Stack>
      <Choice form={form} path="waveKind" label={words.waveKind} labels={words.waveKinds} hints={words.waveKindHints} />
      {waveKind !== 'all' && (
        <Stack maw={640} gap="sm">
          {waves.map((_, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a wave is its place
            <WaveFields key={place} form={form} place={place} kind={waveKind} devices={devices} />
          ))}
          <Text size="sm" c="var(--mantine-color-error)" data-path="waves" hidden={form.errors['waves'] === undefined}>
            {form.errors['waves']}
          </Text>
          <div>
            <Button
              variant="light"
              size="compact-sm"
              leftSection={<Icon name="plus" size={14} />}
              // The rest stays the last one.
              onClick={() =>
                form.insertListItem('waves', NEW_WAVE, waveKind === 'percent' ? undefined : waves.length - 1)
              }
            >
              {words.addWave}
            </Button>
          </div>
        </Stack>
      )}
      <Thresholds form={form} />
      <Switch
        label={words.needsApproval}
        description={words.needsApprovalHint}
        {...form.getInputProps('needsApproval', { type: 'checkbox' })}
      />
    </Stack>
  );
}

function WaveFields({
  form,
  place,
  kind,
  devices,
}: Pick<StepProps, 'form'> & {
  readonly place: number;
  readonly kind: WaveKind;
  readonly devices: number | undefined;
}) {
  const { waves } = form.getValues();
  const at = `waves.${place}`;
  const isRest = kind !== 'percent' && place === waves.length - 1;
  const percent = Number(waves[place]?.percent ?? 0);
  const wrong = form.errors[at];
  return (
    <Fieldset legend={words.wave(place + 1)} className="ota-section" data-path={at}>
      {waves.length > 2 && (
        <ActionIcon
          className="ota-remove"
          aria-label={words.removeWave(place + 1)}
          onClick={() => form.removeListItem('waves', place)}
        >
          <Icon name="trash" size={16} />
        </ActionIcon>
      )}
      <SimpleGrid cols={{ base: 1, xs: 2 }} verticalSpacing="sm">
        {kind === 'percent' && (
          <NumberInput
            label={words.percent}
            required
            suffix=" %"
            min={0}
            max={100}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            description={
              devices !== undefined && percent > 0 && words.someDevices(Math.round((devices * percent) / 100))
            }
            {...form.getInputProps(`${at}.percent`)}
          />
        )}
        {kind === 'count' && !isRest && (
          <NumberInput label={words.waveCount} required min={1} {...form.getInputProps(`${at}.count`)} />
        )}
        {kind === 'filter' && !isRest && (
          <TextInput
            label={words.waveFilter}
            required
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            classNames={{ input: 'mono' }}
            {...form.getInputProps(`${at}.filter`)}
          />
        )}
        {isRest && (
          <div className="wave-rest">
            <Text size="sm" fw={500}>
              {words.rest}
            </Text>
            <Text size="xs" c="dimmed">
              {words.restHint}
            </Text>
          </div>
        )}
        <TextInput label={words.waveName} autoComplete="off" {...form.getInputProps(`${at}.name`)} />
      </SimpleGrid>
      {wrong !== undefined && (
        <Text size="xs" c="var(--mantine-color-error)" mt={4}>
          {wrong}
        </Text>
      )}
    </Fieldset>
  );
}

function Thresholds({ form }: Pick<StepProps, 'form'>) {
  const { thresholds } = form.getValues();
  return (
    <Fieldset legend={words.thresholds} maw={640}>
      <Stack gap="sm">
        <Text size="xs" c="dimmed">
          {words.thresholdsHint}
        </Text>
        <SimpleGrid cols={{ base: 1, xs: 2 }} verticalSpacing="sm">
          <NumberInput
            label={words.success}
            required
            suffix=" %"
            min={0}
            max={100}
            {...form.getInputProps('thresholds.successPercent')}
          />
          <NumberInput
            label={words.errors}
            suffix=" %"
            min={0}
            max={100}
            {...form.getInputProps('thresholds.errorPercent')}
          />
        </SimpleGrid>
        <MoreOptions
          errors={form.errors}
          fields={['thresholds.errorMinimum', 'thresholds.errorCount']}
          isOpen={thresholds.errorCount !== '' || thresholds.errorMinimum !== 20}
        >
          <SimpleGrid cols={{ base: 1, xs: 2 }} verticalSpacing="sm">
            <NumberInput
              label={words.errorMinimum}
              description={words.errorMinimumHint}
              min={1}
              disabled={thresholds.errorPercent === ''}
              {...form.getInputProps('thresholds.errorMinimum')}
            />
            <NumberInput
              label={words.errorCount}
              description={words.errorCountHint}
              min={1}
              {...form.getInputProps('thresholds.errorCount')}
            />
          </SimpleGrid>
        </MoreOptions>
      </Stack>
    </Fieldset>
  );
}

/** How many devices it is about, as far as that is known by now. */
function useDevices({ target: { kind, filter } }: CampaignValues): number | undefined {
  const { data } = useQuery({
    ...audienceQuery(kind === 'filter' ? filter : undefined),
    // Asked for in the step before; here it is only read.
    enabled: false,
  });
  return kind === 'list' ? undefined : data?.count.count;
}
