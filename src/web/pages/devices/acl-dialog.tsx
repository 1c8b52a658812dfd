import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import { useApiForm } from '../../api/use-api-form.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { toast } from '../../parts/toast.ts';
import { texts } from '../../texts.ts';
import { TagsField } from './tags-field.tsx';

const words = texts.devices.tree;
const COMMANDS = ['Get', 'Replace', 'Add', 'Delete', 'Exec'] as const;
type Servers = Record<(typeof COMMANDS)[number], string[]>;

/** As devices write it: `Add=*&Get=omadm+other`. */
function serversOf(acl: string | undefined): Servers {
  const servers: Servers = { Get: [], Replace: [], Add: [], Delete: [], Exec: [] };
  for (const entry of (acl ?? '').split('&')) {
    const [command, names = ''] = entry.split('=');
    const known = COMMANDS.find((one) => one === command);
    if (known !== undefined) servers[known] = names.split('+').filter(Boolean);
  }
  return servers;
}

/** Which servers may do what at a node: only what is changed here is put in or taken out. */
export function AclDialog({
  opened,
  onClose,
  ...rest
}: {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly deviceId: string;
  readonly locUri: string;
  readonly known: string | undefined;
  readonly isCalled: boolean;
}) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={words.aclTitle}
      closeButtonProps={{ 'aria-label': texts.shell.actions.close }}
    >
      <AclForm {...rest} onDone={onClose} />
    </Modal>
  );
}

function AclForm({
  deviceId,
  locUri,
  known,
  isCalled,
  onDone,
}: {
  readonly deviceId: string;
  readonly locUri: string;
  readonly known: string | undefined;
  readonly isCalled: boolean;
  readonly onDone: () => void;
}) {
  const queries = useQueryClient();
  const before = serversOf(known);
  const { form, submit, isSending, problem } = useApiForm({
    initialValues: { add: before },
    send: async ({ add: after }) => {
      const without = (some: Servers, others: Servers) =>
        Object.fromEntries(
          COMMANDS.map(
            (command) => [command, some[command].filter((server) => !others[command].includes(server))] as const,
          ).filter(([, servers]) => servers.length > 0),
        );
      await api.PUT('/api/v1/devices/{deviceId}/acl', {
        params: { path: { deviceId } },
        body: { locUri, add: without(after, before), remove: without(before, after), trigger: isCalled },
      });
      toast(words.aclOrdered);
      void queries.invalidateQueries({ queryKey: ['timeline', deviceId] });
      onDone();
    },
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Text size="sm">
          <span className="mono">{locUri}</span>
        </Text>
        <Text size="sm" c="dimmed">
          {known === undefined ? words.aclUnknown : words.aclHint}
        </Text>
        <ProblemAlert problem={problem} />
        {COMMANDS.map((command) => (
          <TagsField
            key={command}
            label={words.aclOf[command]}
            placeholder={words.aclServer}
            {...form.getInputProps(`add.${command}`)}
          />
        ))}
        <Group justify="flex-end" className="dialog-actions">
          <Button type="submit" loading={isSending}>
            {words.aclAction}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
