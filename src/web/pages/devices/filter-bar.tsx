import {
  ActionIcon,
  Button,
  Code,
  Group,
  Modal,
  Popover,
  Stack,
  Text,
  TextInput,
  Tooltip,
  UnstyledButton,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { api } from '../../api/client.ts';
import { isProblem } from '../../api/problem.ts';
import { useMay } from '../../api/session.ts';
import { useApiForm } from '../../api/use-api-form.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Icon } from '../../parts/icon.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { toast } from '../../parts/toast.ts';
import { texts } from '../../texts.ts';
import { type SavedFilter, savedFiltersQuery } from './queries.ts';

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
  const field = useRef<HTMLInputElement>(null);
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
          ref={field}
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
          rightSection={
            <Help
              onChoose={(example) => {
                setTyped(example);
                field.current?.focus();
              }}
            />
          }
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

/** @param onChoose gets the example that somebody wants to begin with */
function Help({ onChoose }: { readonly onChoose: (example: string) => void }) {
  const [isOpen, opened] = useDisclosure(false);
  return (
    <Popover
      opened={isOpen}
      onChange={(next) => (next ? opened.open() : opened.close())}
      position="bottom-end"
      withArrow
      shadow="md"
      width="min(440px, calc(100vw - 32px))"
      trapFocus
    >
      <Popover.Target>
        <ActionIcon aria-label={words.help} onClick={opened.toggle}>
          <Icon name="info" />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-label={words.help}>
        <Text fw={600} size="sm">
          {words.help}
        </Text>
        <Text size="xs" c="dimmed" mb="xs">
          {words.helpHint}
        </Text>
        <Stack gap={2}>
          {words.helpLines.map(([example, meaning]) => (
            <UnstyledButton
              key={example}
              className="choice"
              onClick={() => {
                opened.close();
                onChoose(example);
              }}
            >
              <span className="mono">{example}</span>
              <Text size="xs" c="dimmed">
                {meaning}
              </Text>
            </UnstyledButton>
          ))}
        </Stack>
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
  const [isOpen, opened] = useDisclosure(false);
  const [leaving, setLeaving] = useState<SavedFilter>();
  return (
    <>
      <Popover
        opened={isOpen}
        onChange={(next) => (next ? opened.open() : opened.close())}
        position="bottom-end"
        shadow="md"
        width="min(360px, calc(100vw - 32px))"
        trapFocus
      >
        <Popover.Target>
          <Tooltip label={words.saved}>
            <ActionIcon variant="default" size={36} aria-label={words.saved} onClick={opened.toggle}>
              <Icon name="bookmark" />
            </ActionIcon>
          </Tooltip>
        </Popover.Target>
        <Popover.Dropdown aria-label={words.saved}>
          <Text fw={600} size="sm" mb={4}>
            {words.saved}
          </Text>
          {data?.items.length === 0 && (
            <Text size="sm" c="dimmed">
              {words.none}
            </Text>
          )}
          <Stack gap={2} mah="50vh" className="scrolls">
            {data?.items.map((one) => (
              <Group key={one.id} gap={4} wrap="nowrap">
                <UnstyledButton
                  className="choice grow"
                  onClick={() => {
                    opened.close();
                    onChoose(one.filter);
                  }}
                >
                  <Text size="sm" fw={600}>
                    {one.name}
                  </Text>
                  <Text size="xs" c="dimmed" className="mono">
                    {one.filter}
                  </Text>
                </UnstyledButton>
                {mayChange && (
                  <ActionIcon
                    aria-label={words.remove(one.name)}
                    onClick={() => {
                      opened.close();
                      setLeaving(one);
                    }}
                  >
                    <Icon name="trash" />
                  </ActionIcon>
                )}
              </Group>
            ))}
          </Stack>
        </Popover.Dropdown>
      </Popover>
      <Confirm
        opened={leaving !== undefined}
        onClose={() => setLeaving(undefined)}
        title={words.removeTitle(leaving?.name ?? '')}
        hint={words.removeHint}
        action={words.removeAction}
        run={async () => {
          if (leaving === undefined) return;
          await api.DELETE('/api/v1/device-filters/{id}', { params: { path: { id: leaving.id } } });
          toast(words.removed(leaving.name));
          await queries.invalidateQueries({ queryKey: savedFiltersQuery.queryKey });
        }}
      />
    </>
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
