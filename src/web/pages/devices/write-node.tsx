import { Button, Group, Modal, Select, Stack, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { texts } from '../../texts.ts';
import type { NodeValue } from './known-tree.tsx';
import { NODE_FORMATS, type NodeFormat } from './node-order.ts';

const words = texts.devices.tree;

function formatOf(known: NodeValue | undefined): NodeFormat {
  const format = NODE_FORMATS.find((one) => one === known?.format);
  return format === undefined || format === 'node' ? 'chr' : format;
}

/** A new value for a node that is there; it begins with the known one. */
export function WriteNode({
  known,
  isDisabled,
  isSending,
  onWrite,
}: {
  readonly known: NodeValue | undefined;
  readonly isDisabled: boolean;
  readonly isSending: boolean;
  readonly onWrite: (format: NodeFormat, value: string) => void;
}) {
  const [value, setValue] = useState(known?.format === 'node' ? '' : (known?.value ?? ''));
  const [format, setFormat] = useState(formatOf(known));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onWrite(format, value);
      }}
    >
      <Textarea
        label={words.value}
        classNames={{ input: 'mono' }}
        autosize
        maxRows={8}
        value={value}
        onChange={({ currentTarget }) => setValue(currentTarget.value)}
      />
      <Group align="flex-end" mt="xs">
        <Select
          label={words.format}
          w={110}
          allowDeselect={false}
          data={NODE_FORMATS.filter((one) => one !== 'node')}
          value={format}
          onChange={(next) => setFormat((next ?? 'chr') as NodeFormat)}
        />
        <Button type="submit" variant="default" loading={isSending} disabled={isDisabled}>
          {words.write}
        </Button>
      </Group>
    </form>
  );
}

/** A node that is not there yet, below one that is. */
export function AddNode({
  opened,
  onClose,
  parent,
  onAdd,
}: {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly parent: string;
  readonly onAdd: (what: {
    readonly locUri: string;
    readonly format: NodeFormat;
    readonly value: string;
  }) => Promise<void>;
}) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={words.addTitle(parent)}
      closeButtonProps={{ 'aria-label': texts.shell.actions.close }}
    >
      <AddForm parent={parent} onAdd={onAdd} onDone={onClose} />
    </Modal>
  );
}

function AddForm({
  parent,
  onAdd,
  onDone,
}: {
  readonly parent: string;
  readonly onAdd: Parameters<typeof AddNode>[0]['onAdd'];
  readonly onDone: () => void;
}) {
  const [name, setName] = useState('');
  const [format, setFormat] = useState<NodeFormat>('chr');
  const [value, setValue] = useState('');
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const send = async (): Promise<void> => {
    setSending(true);
    setProblem(undefined);
    try {
      await onAdd({ locUri: `${parent}/${name.trim()}`, format, value });
      onDone();
    } catch (error) {
      setProblem(error);
    } finally {
      setSending(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <Stack>
        <ProblemAlert problem={problem} />
        <TextInput
          label={words.addName}
          description={words.addNameHint}
          required
          data-autofocus
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <Select
          label={words.format}
          allowDeselect={false}
          data={NODE_FORMATS.map((one) => ({ value: one, label: words.formats[one] }))}
          value={format}
          onChange={(next) => setFormat((next ?? 'chr') as NodeFormat)}
        />
        {format !== 'node' && (
          <Textarea
            label={words.value}
            classNames={{ input: 'mono' }}
            autosize
            maxRows={8}
            value={value}
            onChange={({ currentTarget }) => setValue(currentTarget.value)}
          />
        )}
        <Group justify="flex-end" className="dialog-actions">
          <Button type="submit" loading={isSending} disabled={name.trim() === ''}>
            {words.addAction}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
