import { Avatar, Badge, Button, Menu, Modal, PasswordInput, Stack, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { api } from '../api/client.ts';
import { signOut, useMe } from '../api/session.ts';
import { useApiForm } from '../api/use-api-form.ts';
import { Icon } from '../parts/icon.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { toast, toastFault } from '../parts/toast.ts';
import { texts } from '../texts.ts';

const { user, roles, actions } = texts.shell;

/** Who is signed in, and what they can do for themselves. */
export function UserMenu() {
  const me = useMe();
  const [isChanging, change] = useDisclosure(false);
  return (
    <>
      <Menu position="bottom-end" width={220}>
        <Menu.Target>
          <UnstyledButton aria-label={user.menu(me.name)} p={4}>
            <Avatar size={32} color="brand">
              <Icon name="user" size={18} />
            </Avatar>
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>
            <Text size="sm" fw={600} c="var(--mantine-color-text)" truncate>
              {me.name}
            </Text>
            <Badge size="sm" variant="light" mt={4}>
              {roles[me.role]}
            </Badge>
          </Menu.Label>
          <Menu.Divider />
          <Menu.Item leftSection={<Icon name="access" size={16} />} onClick={change.open}>
            {user.changePassword}
          </Menu.Item>
          <Menu.Item leftSection={<Icon name="signOut" size={16} />} onClick={() => void signOut().catch(toastFault)}>
            {user.signOut}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={isChanging}
        onClose={change.close}
        title={user.changePassword}
        closeButtonProps={{ 'aria-label': actions.close }}
      >
        <PasswordForm onDone={change.close} />
      </Modal>
    </>
  );
}

function PasswordForm({ onDone }: { readonly onDone: () => void }) {
  const { form, submit, isSending, problem } = useApiForm({
    initialValues: { current: '', password: '' },
    fieldOf: { 'sign-in-refused': 'current' },
    send: async (body) => {
      await api.POST('/api/v1/me/password', { body });
      toast(user.changed);
      onDone();
    },
  });
  return (
    <form onSubmit={submit}>
      <Stack>
        <ProblemAlert problem={problem} />
        <PasswordInput
          label={user.current}
          autoComplete="current-password"
          required
          data-autofocus
          key={form.key('current')}
          {...form.getInputProps('current')}
        />
        <PasswordInput
          label={user.next}
          description={user.nextHint}
          autoComplete="new-password"
          required
          key={form.key('password')}
          {...form.getInputProps('password')}
        />
        <Button type="submit" loading={isSending}>
          {user.changePassword}
        </Button>
      </Stack>
    </form>
  );
}
