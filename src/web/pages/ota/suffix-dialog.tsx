import { Button, Code, Modal, Stack, Table, Text } from '@mantine/core';
import { texts } from '../../texts.ts';
import type { OtaAnswer } from './queries.ts';

const words = texts.ota;

/** What users have to type after their PINs: told once, so it stays until somebody says that they have it. */
export function SuffixDialog({
  recipients,
  onDone,
}: {
  /** Undefined: nothing to tell. */
  readonly recipients: readonly OtaAnswer[] | undefined;
  readonly onDone: () => void;
}) {
  return (
    <Modal
      opened={recipients !== undefined}
      onClose={onDone}
      title={words.suffixTitle}
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': texts.shell.actions.close }}
    >
      <Stack>
        <Text size="sm">{words.suffixHint}</Text>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{words.recipient}</Table.Th>
              <Table.Th>{words.suffix}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {recipients?.map(({ recipient, pinSuffix, refused }) => (
              <Table.Tr key={recipient}>
                <Table.Td>{recipient}</Table.Td>
                <Table.Td>{pinSuffix === undefined ? refused : <Code>{pinSuffix}</Code>}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <Button onClick={onDone}>{words.toOutcomes}</Button>
      </Stack>
    </Modal>
  );
}
