import {
  Button,
  FileButton,
  Group,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Icon } from '../../parts/icon.tsx';
import { texts } from '../../texts.ts';
import { Audience } from './audience.tsx';
import { Choice } from './choice.tsx';
import { MoreOptions } from './more-options.tsx';
import { forecastQuery, savedFiltersQuery } from './queries.ts';
import { optionsOf, type StepProps } from './step-props.ts';

const words = texts.campaigns.wizard;

/** Which devices, with how many that is now. */
export function WhomStep(props: StepProps) {
  const { form } = props;
  const { target, conflict, priority } = form.getValues();
  const { kind, filter } = target;
  return (
    <Stack>
      <Choice form={form} path="target.kind" label={words.target} labels={words.targets} hints={words.targetHints} />
      {kind === 'filter' && <FilterFields form={form} />}
      {kind === 'list' ? (
        <ListFields {...props} />
      ) : (
        <>
          {(kind === 'all' || filter !== '') && <Audience filter={kind === 'all' ? undefined : filter} />}
          <Switch
            label={words.dynamic}
            description={words.dynamicHint}
            {...form.getInputProps('isDynamic', { type: 'checkbox' })}
          />
        </>
      )}
      <MoreOptions
        errors={form.errors}
        fields={['conflict', 'priority']}
        isOpen={conflict !== 'wait' || (priority !== '' && priority !== 2)}
      >
        <SimpleGrid cols={{ base: 1, xs: 2 }} maw={640}>
          <Select
            label={words.conflict}
            data={optionsOf(words.conflicts)}
            allowDeselect={false}
            {...form.getInputProps('conflict')}
          />
          <NumberInput
            label={words.priority}
            placeholder={words.priorityUsual}
            min={0}
            max={9}
            {...form.getInputProps('priority')}
          />
        </SimpleGrid>
      </MoreOptions>
    </Stack>
  );
}

function FilterFields({ form }: Pick<StepProps, 'form'>) {
  const saved = useQuery(savedFiltersQuery).data?.items ?? [];
  return (
    <Stack maw={640} gap="sm">
      {saved.length > 0 && (
        <Select
          label={words.savedFilter}
          placeholder={words.savedFilterHint}
          data={saved.map(({ id, name }) => ({ value: id, label: name }))}
          value={saved.find(({ filter }) => filter === form.getValues().target.filter)?.id ?? null}
          onChange={(id) => {
            const chosen = saved.find((one) => one.id === id);
            if (chosen !== undefined) form.setFieldValue('target.filter', chosen.filter);
          }}
        />
      )}
      <TextInput
        label={words.filter}
        description={words.filterHint}
        required
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        classNames={{ input: 'mono' }}
        {...form.getInputProps('target.filter')}
      />
    </Stack>
  );
}

/** Ids that are typed, or a file with more of them and their variables. */
function ListFields({ form, from, isEdit, file, setFile }: StepProps) {
  const hasList = from?.target.kind === 'list';
  const { data } = useQuery({ ...forecastQuery(from?.id ?? ''), enabled: hasList });
  const count = data === undefined ? undefined : data.targets + data.unknown;
  return (
    <Stack maw={640} gap="sm">
      {hasList && count !== undefined && count > 0 && (
        <Text size="sm">{isEdit ? words.listStays(count) : words.listCopied(count)}</Text>
      )}
      <Textarea
        label={words.list}
        description={words.listHint}
        required={!hasList && file === null}
        autosize
        minRows={4}
        maxRows={16}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        classNames={{ input: 'mono' }}
        disabled={file !== null}
        {...form.getInputProps('target.devices')}
      />
      <Group gap="sm">
        <FileButton onChange={setFile} accept=".csv,text/csv,text/plain" inputProps={{ 'aria-label': words.listFile }}>
          {(props) => (
            <Button {...props} variant="default" size="compact-sm" leftSection={<Icon name="upload" size={14} />}>
              {words.listFile}
            </Button>
          )}
        </FileButton>
        {file !== null && (
          <>
            <Text size="sm">{file.name}</Text>
            <Button variant="subtle" size="compact-sm" onClick={() => setFile(null)}>
              {words.listFileOff}
            </Button>
          </>
        )}
      </Group>
      <Text size="xs" c="dimmed">
        {words.listFileHint}
      </Text>
    </Stack>
  );
}
