import { ActionIcon, Button, Code, Group, Menu, Modal, Popover, Stack, Table, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api } from '../../api/client.ts';
import { isProblem } from '../../api/problem.ts';
import { useMay } from '../../api/session.ts';
import { useApiForm } from '../../api/use-api-form.ts';
import { Icon } from '../../parts/icon.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { toast, toastFault } from '../../parts/toast.ts';
import { texts } from '../../texts.ts';
import { savedFiltersQuery } from './queries.ts';

const words = texts.devices.filter;
const { actions } = texts.shell;

/**
 * The filter as the server reads it.
 * @param problem of the listing, to say where the filter is wrong
 */
export function FilterBar({
  filter,
  problem,
  onApply,
}: {
  readonly filter: string | undefined;
  readonly problem: unknown;
  readonly onApply: (filter: string | undefined) => void;
}) {
  const [typed, setTyped] = useState(filter ?? '');
  const [isSaving, saving] = useDisclosure(false);
  const mayChange = useMay('operator');
  useEffect(() => setTyped(filter ?? ''), [filter]);
  const fault = isProblem(problem, 'filter-invalid') ? problem.document : undefined;
  return (
    <form
      className="grow"
      onSubmit={(event) => {
        event.preventDefault();
        onApply(typed.trim() === '' ? undefined : typed.trim());
      }}
    >
      <Group gap="xs" align="flex-start" wrap="nowrap">
        <TextInput
          data-search
          className="grow"
          aria-label={words.label}
          placeholder={words.hint}
          leftSection={<Icon name="filter" size={16} />}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          value={typed}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
          error={
            fault !== undefined &&
            typed === filter && <Fault text={typed} position={Number(fault['position'])} detail={fault.detail} />
          }
          rightSectionWidth={40}
          rightSection={<Help />}
        />
        <Button type="submit" variant="default" flex="none">
          {words.apply}
        </Button>
        <Saved onChoose={onApply} />
      </Group>
      <Group gap="xs" mt={filter === undefined ? 0 : 'xs'}>
        {filter !== undefined && (
          <Button size="compact-sm" variant="subtle" onClick={() => onApply(undefined)}>
            {words.clear}
          </Button>
        )}
        {filter !== undefined && mayChange && fault === undefined && (
          <Button size="compact-sm" variant="subtle" onClick={saving.open}>
            {words.save}
          </Button>
        )}
      </Group>
      <Modal
        opened={isSaving}
        onClose={saving.close}
        title={words.save}
        closeButtonProps={{ 'aria-label': actions.close }}
      >
        <SaveForm filter={filter ?? ''} onDone={saving.close} />
      </Modal>
    </form>
  );
}

/** The filter with a mark at the place where it is wrong. */
function Fault({
  text,
  position,
  detail,
}: {
  readonly text: string;
  readonly position: number;
  readonly detail: string;
}) {
  return (
    <>
      <span>{detail}</span>
      <br />
      <span className="mono">
        {text.slice(0, position)}
        <mark className="fault-mark">{text.slice(position, position + 1) || '␣'}</mark>
        {text.slice(position + 1)}
      </span>
    </>
  );
}

function Help() {
  return (
    <Popover position="bottom-end" withArrow shadow="md" width={420} trapFocus>
      <Popover.Target>
        <ActionIcon aria-label={words.help}>
          <Icon name="info" />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <Text fw={600} size="sm" mb="xs">
          {words.help}
        </Text>
        <Table verticalSpacing={4}>
          <Table.Tbody>
            {words.helpLines.map(([example, meaning]) => (
              <Table.Tr key={example}>
                <Table.Td>
                  <Code>{example}</Code>
                </Table.Td>
                <Table.Td>
                  <Text size="xs">{meaning}</Text>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <Text size="xs" c="dimmed" mt="xs">
          {words.fields}
        </Text>
      </Popover.Dropdown>
    </Popover>
  );
}

function Saved({ onChoose }: { readonly onChoose: (filter: string) => void }) {
  const { data } = useQuery(savedFiltersQuery);
  const queries = useQueryClient();
  const mayChange = useMay('operator');
  const remove = async (id: string, name: string): Promise<void> => {
    try {
      await api.DELETE('/api/v1/device-filters/{id}', { params: { path: { id } } });
      toast(words.removed(name));
      await queries.invalidateQueries({ queryKey: savedFiltersQuery.queryKey });
    } catch (error) {
      toastFault(error);
    }
  };
  return (
    <Menu position="bottom-end" width={320}>
      <Menu.Target>
        <ActionIcon variant="default" size={36} aria-label={words.saved}>
          <Icon name="chevron" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{data?.items.length === 0 ? words.none : words.saved}</Menu.Label>
        {data?.items.map(({ id, name, filter }) => (
          <Menu.Item key={id} onClick={() => onChoose(filter)}>
            <Text size="sm" fw={600}>
              {name}
            </Text>
            <Text size="xs" c="dimmed" className="mono" truncate>
              {filter}
            </Text>
          </Menu.Item>
        ))}
        {mayChange && data !== undefined && data.items.length > 0 && (
          <>
            <Menu.Divider />
            {data.items.map(({ id, name }) => (
              <Menu.Item key={id} color="red" onClick={() => void remove(id, name)}>
                {words.remove(name)}
              </Menu.Item>
            ))}
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

function SaveForm({ filter, onDone }: { readonly filter: string; readonly onDone: () => void }) {
  const queries = useQueryClient();
  const { form, submit, isSending, problem } = useApiForm({
    initialValues: { name: '' },
    fieldOf: { 'filter-exists': 'name' },
    send: async ({ name }) => {
      await api.POST('/api/v1/device-filters', { body: { name, filter } });
      toast(words.savedAs(name));
      void queries.invalidateQueries({ queryKey: savedFiltersQuery.queryKey });
      onDone();
    },
  });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        // It stands in the form of the filter, as React sees it.
        event.stopPropagation();
        submit(event);
      }}
    >
      <Stack>
        <ProblemAlert problem={problem} />
        <Code block>{filter}</Code>
        <TextInput
          label={words.name}
          required
          data-autofocus
          autoComplete="off"
          key={form.key('name')}
          {...form.getInputProps('name')}
        />
        <Button type="submit" loading={isSending}>
          {words.save}
        </Button>
      </Stack>
    </form>
  );
}
