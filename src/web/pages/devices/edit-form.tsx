import { Alert, Button, Group, Stack, Table, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ifMatch, type Tagged, taggedOf } from '../../api/client.ts';
import { ApiProblem, isProblem } from '../../api/problem.ts';
import { useApiForm } from '../../api/use-api-form.ts';
import { Icon } from '../../parts/icon.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { AttributeRows, attributeFaults } from './attribute-rows.tsx';
import { type DeviceValues, differencesBetween, mergedValues, patchBetween, valuesOf } from './device-values.ts';
import { NumberFields } from './number-fields.tsx';
import { type Device, deviceQuery } from './queries.ts';
import { TagsField } from './tags-field.tsx';
import { TimeZoneSelect } from './time-zone-select.tsx';

const words = texts.devices.form;
const { one } = texts.devices;

/** Changes what admins say of a device, only if nobody else has meanwhile; else what they have changed is shown. */
export function EditForm({ device, onDone }: { readonly device: Tagged<Device>; readonly onDone: () => void }) {
  const { deviceId } = device.value;
  const queries = useQueryClient();
  const [read, setRead] = useState(device);
  const [newer, setNewer] = useState<Tagged<Device>>();
  const { form, submit, isSending, problem } = useApiForm<DeviceValues>({
    initialValues: valuesOf(device.value),
    validate: ({ attributes }) => attributeFaults(attributes),
    send: async (mine) => {
      const path = { deviceId };
      const body = patchBetween(valuesOf(read.value), mine);
      if (Object.keys(body).length === 0) return onDone();
      try {
        await api.PATCH('/api/v1/devices/{deviceId}', { params: { path, header: ifMatch(read) }, body });
      } catch (error) {
        if (!isProblem(error, 'version-stale')) throw inRows(error, mine);
        setNewer(await taggedOf(api.GET('/api/v1/devices/{deviceId}', { params: { path } })));
        return undefined;
      }
      await queries.invalidateQueries({ queryKey: ['devices'] });
      return onDone();
    },
  });
  const goOnWith = (values: DeviceValues, now: Tagged<Device>): void => {
    setRead(now);
    setNewer(undefined);
    form.setValues(values);
    form.clearErrors();
    queries.setQueryData(deviceQuery(deviceId).queryKey, now);
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <ProblemAlert problem={problem} />
        {newer !== undefined && (
          <Newer
            was={valuesOf(read.value)}
            now={valuesOf(newer.value)}
            onKeep={() => goOnWith(mergedValues(valuesOf(read.value), form.getValues(), valuesOf(newer.value)), newer)}
            onTake={() => goOnWith(valuesOf(newer.value), newer)}
          />
        )}
        <NumberFields form={form} isFirst />
        <TimeZoneSelect
          label={one.timeZone}
          description={words.timeZoneHint}
          placeholder={words.timeZonePlaceholder}
          nothingFoundMessage={words.timeZoneNone}
          clearButtonProps={{ 'aria-label': words.timeZoneClear }}
          key={form.key('timeZone')}
          {...form.getInputProps('timeZone')}
        />
        <TagsField
          label={words.tags}
          description={words.tagsHint}
          key={form.key('tags')}
          {...form.getInputProps('tags')}
        />
        <AttributeRows form={form} />
        <Group justify="flex-end" className="dialog-actions">
          <Button type="submit" loading={isSending} disabled={newer !== undefined}>
            {texts.shell.actions.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** The server names attributes; here they are rows. */
function inRows(error: unknown, { attributes }: DeviceValues): unknown {
  if (!(error instanceof ApiProblem)) return error;
  const errors = error.document.errors?.map((fault) => {
    const [, name] = /^\/attributes\/(.+)$/.exec(fault.pointer) ?? [];
    const place = attributes.findIndex((row) => row.name === name);
    return place < 0 ? fault : { ...fault, pointer: `/attributes/${place}/value` };
  });
  return errors === undefined ? error : new ApiProblem({ ...error.document, errors });
}

/** What somebody else has changed, beside what is typed; the form goes on from there. */
function Newer({
  was,
  now,
  onKeep,
  onTake,
}: {
  readonly was: DeviceValues;
  readonly now: DeviceValues;
  readonly onKeep: () => void;
  readonly onTake: () => void;
}) {
  const differences = differencesBetween(was, now);
  return (
    <Alert color="yellow" icon={<Icon name="alert" />} title={one.newer} role="alert">
      <Stack gap="sm" align="flex-start">
        {differences.length === 0 ? (
          <Text size="sm">{one.newerAccount}</Text>
        ) : (
          <Table verticalSpacing={4} highlightOnHover={false}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{one.newerField}</Table.Th>
                <Table.Th>{one.newerWas}</Table.Th>
                <Table.Th>{one.newerNow}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {differences.map(({ field, name, was: before, now: after }) => (
                <Table.Tr key={`${field} ${name}`}>
                  <Table.Td>{name ?? one.fields[field]}</Table.Td>
                  <Table.Td className="breaks-anywhere">{before === '' ? one.none : before}</Table.Td>
                  <Table.Td className="breaks-anywhere">{after === '' ? one.none : after}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
        <Text size="sm">{one.newerHint}</Text>
        <Group gap="xs">
          <Button size="compact-sm" variant="default" onClick={onKeep}>
            {one.newerKeep}
          </Button>
          <Button size="compact-sm" variant="default" onClick={onTake}>
            {one.newerTake}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
