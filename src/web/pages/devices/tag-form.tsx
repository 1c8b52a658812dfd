import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { api, dataOf } from '../../api/client.ts';
import { useApiForm } from '../../api/use-api-form.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { TagsField } from './tags-field.tsx';

const words = texts.devices.tagging;
const EVERY_DEVICE = 'deviceId==*';

/** Puts tags on every device of a filter, or takes them off, some thousands a request until all are done. */
export function TagForm({
  filter,
  onDone,
}: {
  readonly filter: string | undefined;
  readonly onDone: (changed: number, refused: number) => void;
}) {
  const [changed, setChanged] = useState<number>();
  const { form, submit, isSending, problem } = useApiForm({
    initialValues: { add: [] as string[], remove: [] as string[] },
    send: async ({ add, remove }) => {
      const order = {
        filter: filter ?? EVERY_DEVICE,
        ...(add.length > 0 && { add }),
        ...(remove.length > 0 && { remove }),
      };
      const sum = { changed: 0, refused: 0 };
      let cursor: string | undefined;
      do {
        const body = { ...order, ...(cursor !== undefined && { cursor }) };
        const outcome = await dataOf(api.POST('/api/v1/devices/tags', { body }));
        sum.changed += outcome.changed;
        sum.refused += outcome.refused;
        setChanged(sum.changed);
        cursor = outcome.nextCursor;
      } while (cursor !== undefined);
      onDone(sum.changed, sum.refused);
    },
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Text size="sm">{filter === undefined ? words.all : words.hint(filter)}</Text>
        <ProblemAlert problem={problem} />
        <TagsField
          label={words.add}
          description={words.separated}
          data-autofocus
          key={form.key('add')}
          {...form.getInputProps('add')}
        />
        <TagsField
          label={words.remove}
          description={words.separated}
          key={form.key('remove')}
          {...form.getInputProps('remove')}
        />
        {isSending && changed !== undefined && <Text size="sm">{words.progress(changed)}</Text>}
        <Group justify="flex-end" className="dialog-actions">
          <Button type="submit" loading={isSending}>
            {words.submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
